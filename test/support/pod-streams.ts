import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { clientFromKubeConfig } from '../../src/kube/client-from-kubeconfig.ts';
import { parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { RawRequest } from '../../src/kube/raw-request.ts';
import { encodeFrame, opcodes } from '../../src/kube/websocket-frames.ts';

/** One open stream, as a client of the API server has it. */
export interface PodStream {
  /** Resolves with the first bytes that came out of it; rejects when it closes without a word. */
  readonly spoken: Promise<Buffer>;
  /** Resolves when it is closed, by whomever. */
  readonly closed: Promise<void>;
  /** Cuts it, without a word to the other side. */
  cut(): void;
  /** Takes leave of the other side, as kubectl does. */
  end(): void;
}

/** Opens many streams to pods in one process: 300 processes of kubectl would need 12 GB. */
export interface PodStreams {
  /** Runs a shell script; the stream ends with it. */
  exec(pod: string, script: string): Promise<PodStream>;
  /** Reads what a pod has said; with `follow` what it will say too. */
  logs(pod: string, options: { follow: boolean }): Promise<PodStream>;
  /** Opens the channel of one port; it speaks first with the number of the port. */
  forward(pod: string, port: number): Promise<PodStream>;
  /** Cuts what is open. */
  close(): void;
}

/** RFC 6455, 7.4.1: 1000. */
const normalClosure = Buffer.from([0x03, 0xe8]);
const protocols = { exec: 'v5.channel.k8s.io', portforward: 'v4.channel.k8s.io' } as const;

/** Returns what opens streams to the pods in `namespace` as the user of the file `kubeconfig`. */
export function podStreams(kubeconfig: string, namespace = 'default'): PodStreams {
  const client = clientFromKubeConfig(parseKubeconfig(readFileSync(kubeconfig, 'utf8')));
  const pathOf = (pod: string, rest: string) => `/api/v1/namespaces/${namespace}/pods/${pod}/${rest}`;

  async function upgrade(pod: string, kind: keyof typeof protocols, query: URLSearchParams): Promise<PodStream> {
    const { answer, upgraded } = await client.raw.upgrade({
      method: 'GET',
      path: pathOf(pod, `${kind}?${query.toString()}`),
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        'sec-websocket-protocol': protocols[kind],
      },
    });
    if (!upgraded) {
      answer.destroy();
      throw new Error(`${kind} of ${pod}: the API server answered ${answer.statusCode}`);
    }
    const { socket, head } = upgraded;
    if (head.length > 0) socket.unshift(head);
    const goodbye = encodeFrame(opcodes.close, normalClosure, randomBytes(4));
    return streamOf(socket, () => void socket.end(goodbye));
  }

  return {
    exec: async (pod, script) => {
      const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
      for (const word of ['sh', '-c', script]) query.append('command', word);
      return await upgrade(pod, 'exec', query);
    },
    logs: async (pod, { follow }) => {
      const request: RawRequest = { method: 'GET', path: pathOf(pod, `log?follow=${follow}`) };
      const answer = await client.raw.stream(request);
      if (answer.statusCode !== 200) {
        answer.destroy();
        throw new Error(`log of ${pod}: the API server answered ${answer.statusCode}`);
      }
      return streamOf(answer, () => void answer.destroy());
    },
    forward: async (pod, port) => await upgrade(pod, 'portforward', new URLSearchParams({ ports: String(port) })),
    close: () => client.close(),
  };
}

function streamOf(stream: Readable, end: () => void): PodStream {
  const closed = once(stream, 'close').then(
    () => undefined,
    () => undefined,
  );
  const spoken = new Promise<Buffer>((resolve, reject) => {
    stream.once('data', resolve);
    void closed.then(() => reject(new Error('the stream closed without a word')));
  });
  // Whoever does not wait for a word does not mind that there is none.
  spoken.catch(() => undefined);
  stream.on('error', () => undefined);
  // The end of it closes it: what is half open is of no use here.
  stream.on('end', () => void stream.destroy());
  stream.resume();
  return { spoken, closed, cut: () => void stream.destroy(), end };
}
