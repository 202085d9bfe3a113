import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatusError } from '../../../src/kube/errors.ts';
import { openPortForward } from '../../../src/kube/port-forward.ts';
import { type RawClient, createRawClient } from '../../../src/kube/raw-request.ts';
import { opcodes } from '../../../src/kube/websocket-frames.ts';
import { eventually } from '../../support/eventually.ts';
import {
  type ForwardedPort,
  type PortForwardServer,
  startPortForwardServer,
} from '../../support/port-forward-server.ts';

let server: PortForwardServer;
let raw: RawClient;
let onForward: (port: ForwardedPort) => void;
const pod = { namespace: 'team', name: 'web-x', port: 8080 };
const never = new AbortController().signal;

beforeEach(async () => {
  onForward = () => undefined;
  server = await startPortForwardServer((port) => onForward(port));
  raw = createRawClient({ server: server.url, credentials: async () => ({ tls: {}, headers: {} }) });
});

afterEach(async () => {
  raw.close();
  await server.close();
});

async function open() {
  const stream = await openPortForward(raw, pod, never);
  const [forward] = server.forwards;
  if (!forward) throw new Error('nothing was forwarded');
  return { stream, forward };
}

describe('a port-forward', () => {
  it('asks for the port and passes bytes both ways, but for the announcement of the port', async () => {
    const { stream, forward } = await open();
    expect(forward.path).toBe('/api/v1/namespaces/team/pods/web-x/portforward?ports=8080');
    stream.write('to the pod');
    await eventually(() => expect(forward.received().toString()).toBe('to the pod'));
    await forward.send(0, 'from the pod');
    forward.frame(opcodes.close, Buffer.from([0x03, 0xe8]));
    expect((await buffer(stream)).toString()).toBe('from the pod');
  });

  it('reads messages in several frames, and answers a ping', async () => {
    const { stream, forward } = await open();
    forward.frame(opcodes.binary, Buffer.from('\0one, '), false);
    forward.frame(opcodes.ping, Buffer.from('?'));
    forward.frame(opcodes.continuation, Buffer.from('two'));
    forward.frame(opcodes.close, Buffer.alloc(0));
    expect((await buffer(stream)).toString()).toBe('one, two');
    await eventually(() => expect(forward.controls).toContain(opcodes.pong));
  });

  it('breaks with the words of the kubelet when nothing listens in the pod', async () => {
    onForward = (port) => void port.send(1, 'connection refused');
    const { stream } = await open();
    const [error] = await once(stream, 'error');
    expect(error).toMatchObject({ message: 'port-forward: connection refused' });
    expect(stream.destroyed).toBe(true);
  });

  it('breaks when the host API server goes', async () => {
    const { stream, forward } = await open();
    stream.on('error', () => undefined);
    forward.socket.destroy();
    await once(stream.resume(), 'close');
    expect(stream.destroyed).toBe(true);
  });

  it('closes the WebSocket when its user ends', async () => {
    const { stream, forward } = await open();
    stream.resume().end('last');
    await eventually(() => expect(forward.controls).toContain(opcodes.close));
    expect(forward.received().toString()).toBe('last');
    await once(stream, 'close');
  });

  it('lets a slow reader have all that was sent before the end, and makes the pod wait for it', async () => {
    const content = Buffer.alloc(16 * 1024 * 1024, 'k3v');
    let sent = 0;
    onForward = (port) => {
      const send = async () => {
        while (sent < content.length) {
          await port.send(0, content.subarray(sent, sent + 32_768));
          sent += 32_768;
        }
        port.frame(opcodes.close, Buffer.alloc(0));
        port.socket.end();
      };
      void send();
    };
    const { stream } = await open();
    let before = -1;
    await eventually(() => {
      const now = sent;
      const isSame = now === before;
      before = now;
      expect(isSame).toBe(true);
    });
    expect(sent).toBeLessThan(content.length / 2);
    expect((await buffer(stream)).equals(content)).toBe(true);
  });

  it('makes its user wait for a pod that reads slowly', async () => {
    const { stream, forward } = await open();
    forward.socket.pause();
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    while (written < 64 && stream.write(chunk)) written++;
    expect(written).toBeLessThan(64);
    stream.destroy();
  });

  it('rejects with the Status of a host that says no', async () => {
    server.refuseWith = { code: 403, body: { reason: 'Forbidden', message: 'may not create pods/portforward' } };
    await expect(openPortForward(raw, pod, never)).rejects.toThrow(StatusError);
    await expect(openPortForward(raw, pod, never)).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
  });

  it('ends a server that breaks the protocol', async () => {
    const { stream, forward } = await open();
    forward.frame(0xf0 | opcodes.binary, Buffer.from('x'));
    const [error] = await once(stream, 'error');
    expect(error).toMatchObject({ name: 'ConnectionError' });
  });
});
