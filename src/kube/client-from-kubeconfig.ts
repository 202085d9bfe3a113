import type { Identity } from './http-transport.ts';
import { type Kubeconfig, currentOf } from './kubeconfig.ts';
import { identityReader } from './kubeconfig-identity.ts';
import { type StreamingKubeClient, createKubeClient } from './rest-client.ts';

/** Credentials are asked for again after this time, so that rotated tokens and certificates are picked up. */
const refreshMs = 30_000;

/**
 * Returns a client for the current context of `config`, with whatever credentials it has: certificates, tokens, token
 * files, exec plugins, OIDC, in-cluster; through its `proxy-url` if it has one. Throws if the context has no cluster.
 */
export function clientFromKubeConfig(config: Kubeconfig): StreamingKubeClient {
  const { cluster } = currentOf(config);
  if (!cluster) throw new Error(`the context "${config.currentContext}" names no cluster`);
  const readIdentity = identityReader(config);
  let current: Promise<Identity> | undefined;
  let readAt = 0;

  const credentials = ({ renew = false } = {}): Promise<Identity> => {
    if (current && !renew && Date.now() - readAt < refreshMs) return current;
    readAt = Date.now();
    const reading = readIdentity({ renew });
    reading.catch(() => {
      if (current === reading) current = undefined;
    });
    current = reading;
    return reading;
  };
  return createKubeClient({ server: cluster.server, credentials });
}
