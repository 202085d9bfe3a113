import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createAuthority } from '../../src/control-plane/certificates.ts';

/** A TLS server in place of a host API server, that tests tell how to answer; it keeps what was asked. */
export interface StreamingHost {
  url: string;
  caPem: string;
  requests: { method: string; url: string; headers: http.IncomingHttpHeaders }[];
  /** Answers ordinary requests. Default: 404. */
  onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  /** Answers upgrades, on the raw connection. Default: 400. */
  onUpgrade: (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** How many connections are open. */
  connections(): number;
  /** Ends all connections without a word. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startStreamingHost(): Promise<StreamingHost> {
  const authority = await createAuthority('host-ca');
  const { certPem, keyPem } = await authority.issue({
    commonName: 'host',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    days: 1,
  });
  const server = https.createServer({ cert: certPem, key: keyPem, allowHalfOpen: true, maxHeaderSize: 1024 * 1024 });
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  const host: StreamingHost = {
    url: '',
    caPem: authority.certPem,
    requests: [],
    onRequest: (_, response) => response.writeHead(404).end(),
    onUpgrade: (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
    connections: () => sockets.size,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      host.cut();
      server.close();
      await once(server, 'close');
    },
  };
  const record = ({ method = '', url = '', headers }: http.IncomingMessage) =>
    host.requests.push({ method, url, headers });
  server.on('request', (request, response) => {
    record(request);
    host.onRequest(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    record(request);
    host.onUpgrade(request, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  host.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return host;
}
