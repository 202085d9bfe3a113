import type http from 'node:http';
import { readFile } from 'node:fs/promises';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import type { Identity } from './http-transport.ts';
import { type Kubeconfig, currentOf } from './kubeconfig.ts';

/** Returns the identity that the current context has now; with `renew` nothing that was kept is used. */
export type IdentityReader = (options: { renew: boolean }) => Promise<Identity>;

/**
 * Returns a reader of the identity of the current context of `config`. Certificates, tokens, token files and passwords are read
 * here; exec plugins, OIDC and other providers, and proxies are client-node's, which is loaded for them only (50 MB).
 */
export function identityReader(config: Kubeconfig): IdentityReader {
  const { cluster, user } = currentOf(config);
  if (!needsClientNode(cluster, user)) return async () => await plainIdentity(cluster, user);
  let loaded: KubeConfig | undefined;
  return async ({ renew }) => {
    // A new one forgets what client-node keeps of exec plugins and token files, however long it means to keep it.
    if (renew || !loaded) loaded = await loadClientNode(config);
    return await clientNodeIdentity(loaded, cluster?.proxyUrl !== undefined);
  };
}

function needsClientNode(cluster: Cluster | undefined, user: User | undefined): boolean {
  const provided = Boolean(user?.authProvider) && tokenFileOf(user) === undefined;
  return provided || Boolean(user?.exec) || Boolean(cluster?.proxyUrl);
}

function tokenFileOf(user: User | undefined): string | undefined {
  const provider: unknown = user?.authProvider;
  const path: unknown = Reflect.get(Object(Reflect.get(Object(provider), 'config')), 'tokenFile');
  return typeof path === 'string' ? path : undefined;
}

/** What a cluster's certificate is held against. */
export type ClusterTrust = Pick<Identity['tls'], 'ca' | 'rejectUnauthorized'>;

/** Returns the trust that the current context has in its cluster; it needs no credentials, so no plugin is run for it. */
export async function readTrust(config: Kubeconfig): Promise<ClusterTrust> {
  return await trustIn(currentOf(config).cluster);
}

async function trustIn(cluster: Cluster | undefined): Promise<ClusterTrust> {
  const ca = await dataOrFile(cluster?.caData, cluster?.caFile);
  return { ...(ca ? { ca } : {}), ...(cluster?.skipTLSVerify ? { rejectUnauthorized: false } : {}) };
}

async function plainIdentity(cluster: Cluster | undefined, user: User | undefined): Promise<Identity> {
  const trust = await trustIn(cluster);
  const cert = await dataOrFile(user?.certData, user?.certFile);
  const key = await dataOrFile(user?.keyData, user?.keyFile);
  const tokenFile = tokenFileOf(user);
  const token = tokenFile === undefined ? user?.token : await readFile(tokenFile, 'utf8');
  const basic = user?.username ? `Basic ${base64Of(`${user.username}:${user.password ?? ''}`)}` : undefined;
  // A token file usually ends in a line break, which no header may hold.
  const authorization = token ? `Bearer ${token.trim()}` : basic;
  return {
    tls: {
      ...trust,
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(cluster?.tlsServerName ? { servername: cluster.tlsServerName } : {}),
    },
    headers: {
      ...(authorization ? { Authorization: authorization } : {}),
      ...(user?.impersonateUser ? { 'Impersonate-User': user.impersonateUser } : {}),
    },
  };
}

/** Data in the kubeconfig wins over a file that it names, as its reference says. */
async function dataOrFile(data: string | undefined, file: string | undefined): Promise<Buffer | undefined> {
  if (data) return Buffer.from(data, 'base64');
  return file ? await readFile(file) : undefined;
}

function base64Of(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function loadClientNode({ clusters, users, contexts, currentContext }: Kubeconfig): Promise<KubeConfig> {
  const clientNode = await import('@kubernetes/client-node');
  const config = new clientNode.KubeConfig();
  config.loadFromOptions({ clusters, users, contexts, currentContext });
  return config;
}

async function clientNodeIdentity(config: KubeConfig, proxied: boolean): Promise<Identity> {
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (options.auth) headers['Authorization'] = `Basic ${base64Of(options.auth)}`;
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const tls = Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  // client-node's proxy agents would open a tunnel per request.
  const agent = proxied ? { agent: Object.assign(options.agent as http.Agent, { keepAlive: true }) } : {};
  return { tls: Object.fromEntries(tls), headers, ...agent };
}
