import { once } from 'node:events';
import type http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type ServedKubelet, serveKubelet } from '../../support/served-kubelet.ts';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.ts';

const logPath = '/containerLogs/shop/web/app?follow=true';
const execPath = '/exec/shop/web/app?command=cat&input=1&output=1';
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';
const withinASecond = { timeoutMs: 1_000 };

describe('streams through the kubelet façade', () => {
  let host: StreamingHost;
  let kubelet: ServedKubelet;

  beforeEach(async () => {
    host = await startStreamingHost();
    kubelet = await serveKubelet(host);
    host.onRequest = (_, response) => void response.write('line\n');
    host.onUpgrade = (_, socket) => {
      socket.on('error', () => undefined);
      socket.write(switching);
      socket.pipe(socket);
    };
  });
  afterEach(async () => {
    await kubelet.stop();
    await host.stop();
  });

  const log = async (): Promise<http.IncomingMessage> => {
    const answer = await kubelet.request('GET', logPath);
    answer.on('error', () => undefined);
    await once(answer, 'data');
    return answer;
  };
  const exec = async (): Promise<Duplex> => {
    const { socket } = await kubelet.upgrade(execPath);
    if (!socket) throw new Error('no upgrade');
    socket.on('error', () => undefined);
    return socket.on('end', () => socket.end());
  };
  const echoed = async (socket: Duplex) => {
    socket.write('ping');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return chunk.toString();
  };
  const nothingIsLeft = async () =>
    await eventually(() => expect([kubelet.connections(), host.connections()]).toEqual([0, 0]), withinASecond);

  it('break off, so that no client takes it for the end, when the host is cut', async () => {
    const answer = await log();
    const socket = await exec();
    expect(await echoed(socket)).toBe('ping');
    const closed = Promise.all([untilClosed(answer), untilClosed(socket.resume())]);
    host.cut();
    await closed;
    expect(answer.complete).toBe(false);
    await nothingIsLeft();
  });

  it('end on the host when their client is gone', async () => {
    const answer = await log();
    const socket = await exec();
    expect(await echoed(socket)).toBe('ping');
    answer.destroy();
    socket.destroy();
    await nothingIsLeft();
  });

  it('end with the façade although a client had hung up before it was served', async () => {
    const gone = new net.Socket();
    gone.destroy();
    await once(gone, 'close');
    kubelet.serve(gone);
    await expect(kubelet.stop()).resolves.toBeUndefined();
    kubelet = await serveKubelet(host);
  });

  it('end on the host when their client is gone before the host has answered', async () => {
    let asked = 0;
    host.onRequest = () => void (asked += 1);
    host.onUpgrade = (_, socket) => {
      asked += 1;
      socket.resume().on('error', () => undefined);
      socket.on('end', () => socket.end());
    };
    const waiting = [
      kubelet.request('GET', logPath).catch(() => undefined),
      kubelet.upgrade(execPath).catch(() => undefined),
    ];
    await eventually(() => expect(asked).toBe(2));
    kubelet.hangUp();
    await Promise.all(waiting);
    await nothingIsLeft();
  });

  it('end on both sides when the façade is closed', async () => {
    const answer = await log();
    const socket = await exec();
    const closed = Promise.all([untilClosed(answer), untilClosed(socket.resume())]);
    await kubelet.stop();
    await closed;
    expect(answer.complete).toBe(false);
    await nothingIsLeft();
    kubelet = await serveKubelet(host);
  });

  it('wait for a client that reads slowly', async () => {
    const sent = { log: 0, exec: 0 };
    host.onRequest = (_, response) => pour(response, (bytes) => void (sent.log += bytes));
    host.onUpgrade = (_, socket) => {
      socket.on('error', () => undefined);
      socket.write(switching);
      pour(socket, (bytes) => void (sent.exec += bytes));
    };
    const answer = await kubelet.request('GET', logPath);
    const { socket } = await kubelet.upgrade(execPath);
    let before = '';
    await eventually(
      () => {
        const now = JSON.stringify(sent);
        const isStill = now === before && sent.log > 0 && sent.exec > 0;
        before = now;
        expect(isStill).toBe(true);
      },
      { timeoutMs: 20_000, everyMs: 500 },
    );
    // What the kernel keeps for eight sockets, not the stream.
    expect(Math.max(sent.log, sent.exec)).toBeLessThan(32 * 1024 * 1024);
    answer.destroy();
    socket?.destroy();
  });

  it('give a slow client all there was after the host has closed', async () => {
    const size = 4 * 1024 * 1024;
    host.onUpgrade = (_, socket) => {
      socket.write(switching);
      socket.end(Buffer.alloc(size, 1), () => socket.destroy());
    };
    const { socket, head } = await kubelet.upgrade(execPath);
    if (!socket) throw new Error('no upgrade');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    let received = head?.length ?? 0;
    for await (const chunk of socket) received += (chunk as Buffer).length;
    expect(received).toBe(size);
    socket.destroy();
    await nothingIsLeft();
  });

  it('leave nothing behind, 500 of them', async () => {
    await log().then((answer) => answer.destroy());
    const handles = () => process.getActiveResourcesInfo().filter((type) => !type.includes('Timeout')).length;
    await nothingIsLeft();
    const before = handles();
    for (let round = 0; round < 5; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 50 }, exec));
      const answers = await Promise.all(Array.from({ length: 50 }, log));
      expect(host.connections()).toBe(100);
      const [even, odd] = [sockets.filter((_, i) => i % 2 === 0), sockets.filter((_, i) => i % 2 === 1)];
      for (const socket of even) socket.destroy();
      for (const socket of odd) socket.resume().end();
      for (const answer of answers) answer.destroy();
      await eventually(() => expect([kubelet.connections(), host.connections()]).toEqual([0, 0]));
    }
    await eventually(() => expect(handles()).toBeLessThanOrEqual(before));
  });
});

async function untilClosed(stream: Duplex | http.IncomingMessage): Promise<void> {
  await new Promise<void>((resolve) => void stream.once('close', resolve));
}

/** Writes without an end, as fast as `to` takes it. */
function pour(to: Duplex | http.ServerResponse, count: (bytes: number) => void): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!to.destroyed) {
      count(chunk.length);
      if (!to.write(chunk)) return;
    }
  };
  to.on('drain', more);
  more();
}
