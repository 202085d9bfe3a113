import type { Duplex } from 'node:stream';

/** Connections that somebody else has accepted, of a server that does not listen itself. */
export interface ServedConnections {
  /** Keeps `connection` until it closes, and lets nothing throw its errors. Returns false of one that has closed already: nothing would ever be heard of it again. */
  add(connection: Duplex): boolean;
  /** Ends all; resolves when the last one has closed. */
  close(): Promise<void>;
}

export function createServedConnections(): ServedConnections {
  const connections = new Set<Duplex>();
  return {
    add(connection) {
      if (connection.destroyed) return false;
      connections.add(connection);
      connection.on('error', () => undefined);
      connection.once('close', () => connections.delete(connection));
      return true;
    },
    async close() {
      const closed = [...connections].map(
        async (connection) => await new Promise<void>((resolve) => void connection.once('close', resolve)),
      );
      for (const connection of connections) connection.destroy();
      await Promise.all(closed);
    },
  };
}
