import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeFrame, opcodes } from '../../src/kube/websocket-frames.ts';

/** One port-forward as a kubelet sees it. */
export interface ForwardedPort {
  path: string;
  socket: Duplex;
  /** Sends bytes on the data (0) or the error (1) channel; resolves when the socket has taken them. */
  send(channel: number, content: Buffer | string): Promise<void>;
  /** Sends a frame as it is. */
  frame(opcode: number, payload: Buffer, final?: boolean): void;
  /** What came on the data channel so far. */
  received(): Buffer;
  /** Opcodes of the control frames that came. */
  controls: number[];
}

/** An API server that knows `portforward` alone. */
export interface PortForwardServer {
  url: string;
  forwards: ForwardedPort[];
  /** Answered instead of an upgrade. */
  refuseWith: { code: number; body: object } | undefined;
  close(): Promise<void>;
}

/** Starts it; `onForward` is called for each forwarded port after its announcements. `objectAt` returns what is answered to other requests, by their path: undefined for nothing. */
export async function startPortForwardServer(
  onForward: (port: ForwardedPort) => void,
  objectAt: (path: string) => object | undefined = () => undefined,
): Promise<PortForwardServer> {
  const server = http.createServer(({ url = '' }, response) => {
    const object = objectAt(url);
    const { code, body } =
      state.refuseWith ?? (object ? { code: 200, body: object } : { code: 404, body: { reason: 'NotFound' } });
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request, socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (state.refuseWith) {
      const body = JSON.stringify(state.refuseWith.body);
      return void socket.end(
        `HTTP/1.1 ${state.refuseWith.code} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${request.headers['sec-websocket-protocol']}\r\n\r\n`,
    );
    const forward = forwardedPort(request.url ?? '', socket);
    state.forwards.push(forward);
    const announcement = Buffer.from([0x90, 0x1f]);
    void forward.send(0, announcement);
    void forward.send(1, announcement);
    onForward(forward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: PortForwardServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwards: [],
    refuseWith: undefined,
    async close() {
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  return state;
}

function forwardedPort(path: string, socket: Duplex): ForwardedPort {
  const received: Buffer[] = [];
  const controls: number[] = [];
  let pending = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    for (let frame = unmasked(pending); frame; frame = unmasked(pending)) {
      pending = pending.subarray(frame.size);
      if (frame.opcode === opcodes.binary) received.push(frame.payload.subarray(1));
      else controls.push(frame.opcode);
    }
  });
  const write = (bytes: Buffer) => new Promise<void>((resolve) => void socket.write(bytes, () => resolve()));
  return {
    path,
    socket,
    controls,
    send: async (channel, content) =>
      await write(serverFrame(opcodes.binary, Buffer.concat([Buffer.of(channel), Buffer.from(content)]), true)),
    frame: (opcode, payload, final = true) => void write(serverFrame(opcode, payload, final)),
    received: () => Buffer.concat(received),
  };
}

function serverFrame(opcode: number, payload: Buffer, final: boolean): Buffer {
  const masked = encodeFrame(opcode, payload, Buffer.alloc(4));
  const header = Buffer.from(masked.subarray(0, masked.length - payload.length - 4));
  header[0] = (final ? 0x80 : 0) | opcode;
  header[1] = (header[1] ?? 0) & 0x7f;
  return Buffer.concat([header, payload]);
}

function unmasked(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < start + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const size = start + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, size).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, size };
}
