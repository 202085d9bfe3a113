import type http from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeClient } from './client.ts';
import type { Identity } from './http-transport.ts';
import { createKubeClient } from './rest-client.ts';

/** Credentials are asked for again after this time, so that rotated tokens and certificates are picked up. */
const refreshMs = 30_000;

/**
 * Returns a client for the current context of `config`, with whatever credentials it has: certificates, tokens, token
 * files, exec plugins, OIDC, in-cluster; through its `proxy-url` if it has one. Throws if the context has no cluster.
 */
export function clientFromKubeConfig(config: KubeConfig): KubeClient {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`the context "${config.getCurrentContext()}" names no cluster`);
  let source = config;
  let current: Promise<Identity> | undefined;
  let readAt = 0;

  const credentials = ({ renew = false } = {}): Promise<Identity> => {
    if (current && !renew && Date.now() - readAt < refreshMs) return current;
    // A copy forgets what client-node keeps of exec plugins and token files, however long it means to keep it.
    if (renew) source = copyOf(source);
    readAt = Date.now();
    const reading = identityOf(source, cluster.proxyUrl !== undefined);
    reading.catch(() => {
      if (current === reading) current = undefined;
    });
    current = reading;
    return reading;
  };
  return createKubeClient({ server: cluster.server, credentials });
}

async function identityOf(config: KubeConfig, proxied: boolean): Promise<Identity> {
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  // A token file usually ends in a line break, which no header may hold.
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const tls = Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  // client-node's proxy agents would open a tunnel per request.
  const agent = proxied ? { agent: Object.assign(options.agent as http.Agent, { keepAlive: true }) } : {};
  return { tls: Object.fromEntries(tls), headers, ...agent };
}

function copyOf({ clusters, users, contexts, currentContext }: KubeConfig): KubeConfig {
  const copy = new KubeConfig();
  copy.loadFromOptions({ clusters, users, contexts, currentContext });
  return copy;
}
