import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { K3vError } from '../../errors.ts';

/** A port of 127.0.0.1 that leads somewhere else. */
export interface ForwardedPort {
  port: number;
  /** Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/**
 * Listens on `port` of 127.0.0.1 (0: any that is free), and for each connection asks `open` for the other end. `onError` is told why there is none; the connection is then closed. Rejects
 * with PORT_IN_USE.
 */
export async function forwardPort({
  port,
  open,
  onError,
}: {
  port: number;
  open: (signal: AbortSignal) => Promise<Duplex>;
  onError: (error: unknown) => void;
}): Promise<ForwardedPort> {
  const sockets = new Set<Socket>();
  const ending = new AbortController();
  const server = createServer((socket) => {
    sockets.add(socket);
    const gone = new AbortController();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      gone.abort(new Error('the client is gone'));
    });
    const signal = AbortSignal.any([ending.signal, gone.signal]);
    open(signal).then(
      (remote) => join(socket, remote),
      (error: unknown) => {
        if (!signal.aborted) onError(error);
        socket.destroy();
      },
    );
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new K3vError('PORT_IN_USE', `port ${port} of 127.0.0.1 cannot be listened on: ${String(error)}`, {
      hint: 'Give another one with --port, or none: then a free one is taken.',
      cause: error,
    });
  }
  const { port: chosen } = server.address() as AddressInfo;
  return {
    port: chosen,
    stop: async () => {
      ending.abort(new Error('ending'));
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** What either end says is passed on; as soon as one is gone the other is, too. */
function join(socket: Socket, remote: Duplex): void {
  pipeline(socket, remote, () => undefined);
  pipeline(remote, socket, () => socket.destroy());
}
