import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ConnectionError } from './errors.ts';
import { expectSuccess } from './http-answer.ts';
import { PortForwardStream } from './port-forward-stream.ts';
import type { RawClient } from './raw-request.ts';

/** A port of a pod. */
export interface PodPort {
  namespace: string;
  name: string;
  port: number;
}

/**
 * One channel for bytes and one for errors per port. Kubelets and container runtimes have spoken it since 1.6, and the API servers
 * that know SPDY in WebSockets too (1.31 on) pass it on as before.
 */
const protocol = 'v4.channel.k8s.io';
/** What RFC 6455, 4.2.2, has a server append to the key. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Resolves with a connection to `port` inside the pod, through its API server. Whether something listens there shows only later: the
 * connection is then destroyed with the kubelet's words. Its end cannot be told from its close: once the caller ends it, it closes.
 * Rejects with StatusError when the API server says no, with ConnectionError when there is no answer, and with the signal's reason.
 */
export async function openPortForward(
  client: RawClient,
  { namespace, name, port }: PodPort,
  signal: AbortSignal,
): Promise<Duplex> {
  const key = randomBytes(16).toString('base64');
  const { answer, upgraded } = await client.upgrade({
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/portforward?ports=${port}`,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocol,
    },
    signal,
  });
  if (!upgraded) {
    await expectSuccess(answer, signal);
    answer.destroy();
    throw new ConnectionError(`port-forward to ${namespace}/${name}: the answer is no WebSocket`);
  }
  const { socket, head } = upgraded;
  const { 'sec-websocket-accept': accept, 'sec-websocket-protocol': chosen } = answer.headers;
  if (chosen !== protocol || accept !== acceptOf(key) || signal.aborted) {
    socket.destroy();
    signal.throwIfAborted();
    throw new ConnectionError(`port-forward to ${namespace}/${name}: the server does not speak ${protocol}`);
  }
  return new PortForwardStream(socket, head);
}

function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64');
}
