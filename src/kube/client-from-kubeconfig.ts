import type { Identity } from './http-transport.ts';
import { type Kubeconfig, currentOf } from './kubeconfig.ts';
import { identityReader } from './kubeconfig-identity.ts';
import { type StreamingKubeClient, createKubeClient } from './rest-client.ts';

/** Credentials are asked for again after this time, so that rotated tokens and certificates are picked up. */
const refreshMs = 30_000;

/**
 * Returns a client for the current context of `config`, with whatever credentials it has: certificates, tokens, token
 * files, exec plugins, OIDC, in-cluster; through its `proxy-url` if it has one. `latest` returns what `config` has become: only its
 * server stays that of `config`. `userAgent` is that of `createKubeClient`. Throws if the context has no cluster.
 */
export function clientFromKubeConfig(
  config: Kubeconfig,
  { latest = () => config, userAgent }: { latest?: () => Kubeconfig; userAgent?: string } = {},
): StreamingKubeClient {
  const { cluster } = currentOf(config);
  if (!cluster) throw new Error(`the context "${config.currentContext}" names no cluster`);
  let readIdentity = identityReader(config);
  let known = JSON.stringify(currentOf(config));
  let current: Promise<Identity> | undefined;
  let readAt = 0;
  let renewing: Promise<Identity> | undefined;

  /** A new reader forgets what an exec plugin gave for the old words, so it is made for new ones only. */
  const follow = () => {
    const found = latest();
    const text = JSON.stringify(currentOf(found));
    if (text !== known) readIdentity = identityReader(found);
    known = text;
  };
  const credentials = ({ renew = false } = {}): Promise<Identity> => {
    if (current && !renew && performance.now() - readAt < refreshMs) return current;
    // All that were refused at once ask an exec plugin once.
    if (renew && renewing) return renewing;
    readAt = performance.now();
    follow();
    const reading = readIdentity({ renew });
    if (renew) {
      renewing = reading;
      const renewed = () => void (renewing = undefined);
      reading.then(renewed, renewed);
    }
    reading.catch(() => {
      if (current === reading) current = undefined;
    });
    current = reading;
    return reading;
  };
  return createKubeClient({ server: cluster.server, credentials, userAgent });
}
