import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Pod } from '../kube/types.ts';
import { StatusError } from '../kube/errors.ts';
import { openPortForward } from '../kube/port-forward.ts';
import type { RawClient } from '../kube/raw-request.ts';
import type { Logger } from '../log.ts';
import { ConnectRefused } from './connect-server.ts';

/** How pods are reached: straight at their address, through the host API server, or whichever works. */
export type HostNetwork = 'auto' | 'direct' | 'port-forward';

/** A port of a host pod, and the address that the pod has. */
export interface PodTarget {
  host: Pod;
  ip: string;
  port: number;
}

/** Opens connections to pods of the host. Rejects with ConnectRefused. */
export type DialPod = (target: PodTarget, signal: AbortSignal) => Promise<Duplex>;

const directTimeoutMs = 5_000;
/** An attempt that has another way behind it. */
const triedTimeoutMs = 1_000;
/** For so long a pod that could not be reached is not tried again at its address. */
const rememberMs = 5 * 60_000;
const maxRemembered = 10_000;

/** These mean that there is a way to the pod, and that the pod itself says no. */
const answersOfPod = new Set(['ECONNREFUSED', 'ECONNRESET']);

/**
 * Returns the way to pods. With `auto` a pod is dialled at its address only if `isInHostNetwork` says that this machine is in the
 * network of the host: outside of it the same address can belong to any machine. If the pod does not answer there, this is
 * remembered for five minutes and it is reached through the API server.
 */
export function createPodDialer({
  mode,
  raw,
  isInHostNetwork,
  log,
  now = () => performance.now(),
}: {
  mode: HostNetwork;
  raw: RawClient;
  isInHostNetwork: () => Promise<boolean>;
  log: Logger;
  now?: () => number;
}): DialPod {
  /** UIDs of pods that did not answer at their address, and until when that counts. */
  const unreachable = new Map<string, number>();

  async function dialAuto(target: PodTarget, signal: AbortSignal): Promise<Duplex> {
    const uid = target.host.metadata.uid ?? '';
    if ((unreachable.get(uid) ?? 0) > now() || !(await isInHostNetwork())) return await forward(target, signal);
    try {
      return await dialAddress(target, signal, triedTimeoutMs);
    } catch (error) {
      if (signal.aborted || (error instanceof Error && answersOfPod.has(codeOf(error)))) throw error;
      unreachable.set(uid, now() + rememberMs);
      for (const key of unreachable.keys()) {
        if (unreachable.size <= maxRemembered) break;
        unreachable.delete(key);
      }
      log.info(
        { ip: target.ip, reason: codeOf(error) },
        'a pod does not answer at its address: going through the host API server',
      );
      return await forward(target, signal);
    }
  }

  async function forward({ host, port }: PodTarget, signal: AbortSignal): Promise<Duplex> {
    const { namespace = '', name } = host.metadata;
    try {
      return await openPortForward(raw, { namespace, name, port }, signal);
    } catch (error) {
      if (error instanceof StatusError && error.code === 403) {
        log.error(
          { namespace, right: 'get and create on pods/portforward', reason: error.message },
          'the host forbids port-forward, without which pods cannot be reached from here',
        );
        throw new ConnectRefused(502, 'the host does not allow port-forward to its pods', { cause: error });
      }
      throw error;
    }
  }

  const ways = {
    auto: dialAuto,
    direct: dialAddress,
    'port-forward': forward,
  } satisfies Record<HostNetwork, DialPod>;

  return async (target, signal) => {
    try {
      return await ways[mode](target, signal);
    } catch (error) {
      if (error instanceof ConnectRefused) throw error;
      if (codeOf(error) === 'ETIMEDOUT') throw new ConnectRefused(504, 'the pod does not answer', { cause: error });
      const why = codeOf(error) === 'ECONNREFUSED' ? 'the pod refuses the connection' : 'the pod cannot be reached';
      throw new ConnectRefused(502, why, { cause: error });
    }
  };
}

/** Resolves with a connection to `ip`; rejects with the error of the socket, `ETIMEDOUT` after `timeoutMs` (default 5 s), or the signal's reason. */
export function dialAddress(
  { ip, port }: Pick<PodTarget, 'ip' | 'port'>,
  signal: AbortSignal,
  timeoutMs = directTimeoutMs,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = net.connect({ host: ip, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const onError = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error instanceof Error ? error : new Error('aborted', { cause: error }));
    };
    const onAbort = () => onError(signal.reason);
    const timer = setTimeout(() => onError(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), timeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.once('connect', () => {
      settle();
      // Whoever takes the socket listens for errors too; one in between must end nothing but it.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function codeOf(error: unknown): string {
  const code: unknown = Reflect.get(Object(error), 'code');
  return typeof code === 'string' ? code : '';
}
