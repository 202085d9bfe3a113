import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PodPair } from '../../src/apiserver-proxy/cluster-view.ts';
import { createKubeletFacade } from '../../src/apiserver-proxy/kubelet-facade.ts';
import { type KeyPair, createAuthority, toAuthority } from '../../src/control-plane/certificates.ts';
import { createRawClient } from '../../src/kube/raw-request.ts';
import type { Node, Pod } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import type { StreamingHost } from './streaming-host.ts';

export const hostNamespace = 'team-a';
export const node: Node = {
  metadata: { name: 'node-1', creationTimestamp: '2026-01-01T00:00:00Z' },
  status: {
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: 'node-1' },
    ],
  },
};

/** A running pod `shop/web` with a container `app`, and its host pod, in which the host has put a sidecar. */
export function webPair(name = 'web'): PodPair {
  const spec = { nodeName: 'node-1', containers: [{ name: 'app' }] };
  const status = {
    phase: 'Running',
    startTime: '2026-01-02T00:00:00Z',
    containerStatuses: [
      {
        name: 'app',
        image: '',
        imageID: '',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-02T00:00:05Z' } },
      },
    ],
  };
  return {
    virtual: { metadata: { name, namespace: 'shop', uid: `virtual-uid-${name}` }, spec, status },
    host: {
      metadata: { name: `${name}-shop-abcdefghij`, namespace: hostNamespace, uid: `host-uid-${name}` },
      spec: { ...spec, containers: [...spec.containers, { name: 'injected' }] },
      status,
    },
  };
}

/** A façade behind a real port, and a client in place of the API server. */
export interface ServedKubelet {
  port: number;
  caPem: string;
  client: KeyPair;
  /** What the virtual cluster has; may be changed. */
  pods: { virtual: Pod; host: Pod | undefined }[];
  request(method: string, path: string, headers?: http.OutgoingHttpHeaders): Promise<http.IncomingMessage>;
  /** Resolves with the connection and what was read of it with the 101, or with the answer that was none. */
  upgrade(
    path: string,
    options?: { method?: string; headers?: http.OutgoingHttpHeaders },
  ): Promise<{ answer: http.IncomingMessage; socket?: Duplex; head?: Buffer }>;
  issueClient(commonName: string): Promise<KeyPair>;
  /** Gives the façade a connection of the test's own. */
  serve(connection: Duplex): void;
  /** Ends the client's connections without a word. */
  hangUp(): void;
  /** Connections that the façade has. */
  connections(): number;
  stop(): Promise<void>;
}

export async function serveKubelet(
  host: StreamingHost,
  credentials?: Parameters<typeof createRawClient>[0]['credentials'],
): Promise<ServedKubelet> {
  const authority = await createAuthority('k3v-ca');
  const raw = createRawClient({
    server: host.url,
    credentials:
      credentials ?? (async () => ({ tls: { ca: host.caPem }, headers: { authorization: 'Bearer of-the-host' } })),
  });
  const pods: ServedKubelet['pods'] = [webPair()];
  const facade = createKubeletFacade({
    view: {
      pod: (namespace, name) =>
        pods.find(({ virtual: { metadata } }) => metadata.namespace === namespace && metadata.name === name),
      podsOnNode: () => pods.flatMap(({ virtual, host: of }) => (of ? [{ virtual, host: of }] : [])),
    },
    raw,
    hostNamespace,
    trust: {
      clientCaPem: authority.certPem,
      acceptsClient: (name) => name === 'kube-apiserver-kubelet-client',
      issue: async (request) => await toAuthority(authority).issue(request),
    },
    log: silentLog,
  });
  const sockets = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    facade.serve(socket, node);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issueClient = async (commonName: string) => await authority.issue({ commonName, usages: ['client'], days: 1 });
  const client = await issueClient('kube-apiserver-kubelet-client');
  const agentOptions = {
    ca: authority.certPem,
    cert: client.certPem,
    key: client.keyPem,
    keepAlive: false,
    maxSockets: Infinity,
    allowHalfOpen: true,
  };
  const agent = new https.Agent(agentOptions);
  const open = (method: string, path: string, headers: http.OutgoingHttpHeaders) =>
    https.request({ agent, host: '127.0.0.1', port, method, path, headers }).end();
  return {
    port,
    caPem: authority.certPem,
    client,
    pods,
    issueClient,
    request: async (method, path, headers = {}) =>
      await new Promise((resolve, reject) => {
        open(method, path, headers).on('response', resolve).on('error', reject);
      }),
    upgrade: async (path, { method = 'POST', headers = {} } = {}) =>
      await new Promise((resolve, reject) => {
        open(method, path, { connection: 'Upgrade', upgrade: 'SPDY/3.1', ...headers })
          .on('upgrade', (answer, socket, head) => resolve({ answer, socket, head }))
          .on('response', (answer) => resolve({ answer }))
          .on('error', reject);
      }),
    serve: (connection) => facade.serve(connection, node),
    hangUp: () => agent.destroy(),
    connections: () => sockets.size,
    async stop() {
      await facade.close();
      raw.close();
      agent.destroy();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
