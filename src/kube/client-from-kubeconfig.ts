import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeClient } from './client.ts';
import type { Credentials } from './http-transport.ts';
import { createKubeClient } from './rest-client.ts';

/** Credentials are asked for again after this time, so that rotated tokens and certificates are picked up. */
const refreshMs = 30_000;

/**
 * Returns a client for the current context of `config`, with whatever credentials it has: certificates, tokens, token
 * files, exec plugins, OIDC, in-cluster. Throws if the context has no cluster.
 */
export function clientFromKubeConfig(config: KubeConfig): KubeClient {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`the context "${config.getCurrentContext()}" names no cluster`);
  let last: Awaited<ReturnType<Credentials>> | undefined;
  let readAt = 0;
  const credentials: Credentials = async () => {
    if (last && Date.now() - readAt < refreshMs) return last;
    const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
    await config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value);
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined,
    );
    last = { tls: Object.fromEntries(tls), headers };
    readAt = Date.now();
    return last;
  };
  return createKubeClient({ server: cluster.server, credentials });
}
