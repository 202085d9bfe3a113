import { createServer, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';

/** A forward proxy on loopback, as `HTTPS_PROXY` names one. */
export interface RecordingProxy {
  url: string;
  /** What it was asked for: `CONNECT host:port` or `GET http://…`. */
  requests: string[];
  close(): Promise<void>;
}

/** Starts a proxy that tunnels CONNECT and forwards plain requests; every target is dialled on loopback, whatever its name. */
export async function startRecordingProxy(): Promise<RecordingProxy> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    const target = new URL(incoming.url ?? '');
    requests.push(`${incoming.method} ${target.href}`);
    const { method, headers } = incoming;
    const options = { host: '127.0.0.1', port: target.port, path: target.pathname, method, headers };
    const forwarded = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.on('connect', ({ url = '' }, socket: Socket) => {
    requests.push(`CONNECT ${url}`);
    const upstream = connect(Number(url.split(':').at(-1)), '127.0.0.1');
    for (const [side, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      open.add(side);
      side.on('error', () => other.destroy());
      side.on('close', () => {
        open.delete(side);
        other.destroy();
      });
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
  };
}
