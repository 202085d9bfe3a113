import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import type { RawClient } from '../kube/raw-request.ts';
import type { Node } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { ClusterView } from './cluster-view.ts';
import { commonNameOf } from './common-name.ts';
import { type IssueCertificate, perNode } from './kubelet-certificates.ts';
import { KubeletRefusal, podOf } from './kubelet-pods.ts';
import { kubeletRoute } from './kubelet-route.ts';
import { joinStreams, streamLog, writeRefusal } from './kubelet-streams.ts';
import { mutualTlsOptions } from './mutual-tls.ts';
import { createNodeProxy } from './node-proxy.ts';
import { createServedConnections } from './served-connections.ts';

/** Stands in for the kubelets of all nodes. Serves until `close`. */
export interface KubeletFacade {
  /** Serves one connection that the API server dialled to the kubelet port of `node`, TLS first, and ends it. Never throws. */
  serve(connection: Duplex, node: Node): void;
  /** Ends every connection; resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** Who may ask, and as whom the façade answers. */
export interface KubeletTrust {
  /** The authority that signs the client certificates of the API server. */
  clientCaPem: string;
  /** Whether a client with this common name, signed by that authority, is the API server. */
  acceptsClient(commonName: string): boolean;
  /** Issues serving certificates. */
  issue: IssueCertificate;
}

const handshakeTimeoutMs = 10_000;
/** Go's HTTP client, which the API server is, drops what is idle after 90 s; it must be the one to do so. */
const idleTimeoutMs = 120_000;
/** Commands of `exec` stand in the URL; this is what Go's HTTP servers take. */
const maxHeaderBytes = 1024 * 1024;

/**
 * Returns a façade that answers for the pods in `view` with what the host's API server says of theirs, as whoever `raw` is there.
 * Clients without a certificate of `trust` are cut off.
 */
export function createKubeletFacade({
  view,
  raw,
  hostNamespace,
  trust,
  log,
}: {
  view: Pick<ClusterView, 'pod' | 'podsOnNode'>;
  raw: RawClient;
  hostNamespace: string;
  trust: KubeletTrust;
  log: Logger;
}): KubeletFacade {
  const connections = createServedConnections();
  const nodes = new WeakMap<Duplex, Node>();
  const nodeProxy = createNodeProxy({ view, raw, hostNamespace });
  const server = http.createServer({
    keepAliveTimeout: idleTimeoutMs,
    requestTimeout: 0,
    maxHeaderSize: maxHeaderBytes,
  });

  const tlsServers = perNode({
    issue: trust.issue,
    build: ({ certPem, keyPem }, node) => {
      const tlsServer = tls.createServer({
        ...mutualTlsOptions({ certPem, keyPem, clientCaPem: trust.clientCaPem }),
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: handshakeTimeoutMs,
      });
      tlsServer.on('tlsClientError', (err) => log.warn({ err }, 'refused a connection to a kubelet'));
      tlsServer.on('secureConnection', (socket) => {
        socket.on('error', () => undefined);
        const client = commonNameOf(socket);
        if (!trust.acceptsClient(client)) {
          log.warn({ client }, 'refused a connection to a kubelet');
          return void socket.destroy();
        }
        nodes.set(socket, node);
        server.emit('connection', socket);
      });
      return tlsServer;
    },
  });

  async function answer(node: Node, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = kubeletRoute(request.method ?? '', request.url ?? '');
    switch (route.kind) {
      case 'refused':
        throw new KubeletRefusal(route.code, route.message);
      case 'logs':
        return await streamLog(raw, route, podOf(view, node, route), response);
      case 'node': {
        const { contentType, body } = await nodeProxy(node, route.endpoint);
        const isWhole = typeof body === 'string';
        response.writeHead(200, {
          'content-type': contentType,
          ...(isWhole ? { 'content-length': Buffer.byteLength(body) } : {}),
        });
        if (isWhole) return void response.end(body);
        return await pipeline(body, response);
      }
      default:
        throw new KubeletRefusal(400, 'Upgrade request required');
    }
  }

  async function upgrade(node: Node, request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    const route = kubeletRoute(request.method ?? '', request.url ?? '');
    if (route.kind === 'refused') throw new KubeletRefusal(route.code, route.message);
    if (route.kind === 'node' || route.kind === 'logs') throw new KubeletRefusal(400, 'there is nothing to upgrade to');
    await joinStreams(raw, route, podOf(view, node, route), request, connection, head);
  }

  /** Returns what the tenant is told; what is not a refusal is logged, as it may name things of the host. */
  const refusalFor = (error: unknown, { method, url }: IncomingMessage): KubeletRefusal => {
    if (error instanceof KubeletRefusal) return error;
    log.warn({ err: error, method, path: url?.split('?')[0] }, 'the host did not answer for a kubelet');
    return new KubeletRefusal(500, 'the host cluster does not answer');
  };

  server.on('request', (request, response) => {
    answer(nodeOf(request), request, response).catch((error: unknown) => {
      // Whoever is in the middle of an answer must see that it broke off.
      if (response.headersSent || response.destroyed) return void response.destroy();
      const { code, message } = refusalFor(error, request);
      response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(message);
    });
  });
  server.on('upgrade', (request, connection, head) => {
    connection.on('error', () => undefined);
    upgrade(nodeOf(request), request, connection, head).catch((error: unknown) => {
      if (connection.destroyed) return;
      const { code, message } = refusalFor(error, request);
      writeRefusal(connection, code, { text: message, status: undefined });
    });
  });

  function nodeOf({ socket }: IncomingMessage): Node {
    const node = nodes.get(socket);
    if (!node) throw new Error('a connection of no node');
    return node;
  }

  return {
    serve(connection, node) {
      if (!connections.add(connection)) return;
      tlsServers(node).then(
        (tlsServer) => void tlsServer.emit('connection', connection),
        (err: unknown) => {
          log.error({ err, node: node.metadata.name }, 'could not issue a certificate for a node');
          connection.destroy();
        },
      );
    },
    close: () => connections.close(),
  };
}
