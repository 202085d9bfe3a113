import { once } from 'node:events';
import net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostNetwork, createPodDialer } from '../../../src/apiserver-proxy/pod-dialer.ts';
import { createRawClient, type RawClient } from '../../../src/kube/raw-request.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { createLogger } from '../../../src/log.ts';
import { opcodes } from '../../../src/kube/websocket-frames.ts';
import { type PortForwardServer, startPortForwardServer } from '../../support/port-forward-server.ts';

let api: PortForwardServer;
let raw: RawClient;
let pod: net.Server;
let port: number;
let lines: string[];
let time: number;
const never = new AbortController().signal;

beforeEach(async () => {
  lines = [];
  time = 0;
  api = await startPortForwardServer((forward) => {
    void forward.send(0, 'through the API server');
    forward.frame(opcodes.close, Buffer.alloc(0));
  });
  raw = createRawClient({ server: api.url, credentials: async () => ({ tls: {}, headers: {} }) });
  pod = net.createServer((socket) => void socket.end('straight'));
  pod.listen(0, '127.0.0.1');
  await once(pod, 'listening');
  ({ port } = pod.address() as net.AddressInfo);
});

afterEach(async () => {
  raw.close();
  pod.close();
  await api.close();
});

function hostPod(uid = 'a'): Pod {
  return { metadata: { name: 'web-x', namespace: 'team', uid } };
}

function dialer(mode: HostNetwork, isInside = true) {
  const destination = { write: (line: string) => lines.push(line) };
  const log = createLogger({ format: 'json', level: 'info', destination });
  return createPodDialer({ mode, raw, isInHostNetwork: async () => isInside, log, now: () => time });
}

/** No connection can be made to the broadcast address. */
const silent = '255.255.255.255';
const at = (ip: string, host = hostPod()) => ({ host, ip, port });
const answer = async (dialing: ReturnType<ReturnType<typeof dialer>>) => (await buffer(await dialing)).toString();

describe('pods are reached', () => {
  it('at their address inside the network of the host', async () => {
    expect(await answer(dialer('auto')(at('127.0.0.1'), never))).toBe('straight');
    expect(await answer(dialer('direct', false)(at('127.0.0.1'), never))).toBe('straight');
  });

  it('through the API server outside of it, even if something answers at their address', async () => {
    expect(await answer(dialer('auto', false)(at('127.0.0.1'), never))).toBe('through the API server');
    expect(await answer(dialer('port-forward')(at('127.0.0.1'), never))).toBe('through the API server');
    expect(api.forwards.map(({ path }) => path)).toContain(
      `/api/v1/namespaces/team/pods/web-x/portforward?ports=${port}`,
    );
  });

  it('through the API server when their address does not answer, for five minutes and for this pod alone', async () => {
    const dial = dialer('auto');
    expect(await answer(dial(at(silent), never))).toBe('through the API server');
    expect(await answer(dial(at('127.0.0.1'), never))).toBe('through the API server');
    expect(await answer(dial(at('127.0.0.1', hostPod('another')), never))).toBe('straight');
    time += 5 * 60_000 + 1;
    expect(await answer(dial(at('127.0.0.1'), never))).toBe('straight');
  });
});

describe('pods are not reached', () => {
  it.each(['auto', 'direct'] as const)('when they refuse the connection themselves (%s)', async (mode) => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const closed = (taken.address() as net.AddressInfo).port;
    taken.close();
    const target = { host: hostPod(), ip: '127.0.0.1', port: closed };
    await expect(dialer(mode)(target, never)).rejects.toMatchObject({
      status: 502,
      message: 'the pod refuses the connection',
    });
    expect(api.forwards).toEqual([]);
  });

  it('when the host forbids it: the log says which right is missing', async () => {
    api.refuseWith = { code: 403, body: { reason: 'Forbidden', message: 'team/web-x may not be forwarded' } };
    await expect(dialer('port-forward')(at('127.0.0.1'), never)).rejects.toMatchObject({
      status: 502,
      message: 'the host does not allow port-forward to its pods',
    });
    expect(lines.join('\n')).toContain('get and create on pods/portforward');
  });

  it('when the host API server is away', async () => {
    await api.close();
    await expect(dialer('port-forward')(at('127.0.0.1'), never)).rejects.toMatchObject({ status: 502 });
    api = await startPortForwardServer(() => undefined);
  });

  it('when the caller has gone', async () => {
    const caller = new AbortController();
    const dialing = dialer('direct')(at(silent), caller.signal);
    caller.abort(new Error('gone'));
    await expect(dialing).rejects.toMatchObject({ status: 502 });
  });
});
