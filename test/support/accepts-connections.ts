import { once } from 'node:events';
import { connect } from 'node:net';

/** Resolves if something takes TCP connections on `port` of 127.0.0.1. */
export async function acceptsConnections(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
