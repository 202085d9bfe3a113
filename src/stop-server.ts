import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/**
 * Returns what stops an HTTP or HTTPS server: ends every connection, and resolves when none is left. To be called before it listens. Node's `closeAllConnections` does not know of a connection
 * whose TLS handshake is under way; a client that makes one just then, and uses it again and again, would hold a closed server open for as long as it likes.
 */
export function stopOf(server: Server): () => Promise<void> {
  const connections = new Set<Socket>();
  server.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  return async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const connection of connections) connection.destroy();
    await closed;
  };
}
