import { createServer, type Server } from 'node:net';

/**
 * Returns a free port of 127.0.0.1 for each wish: the wished one if it is free, else another. They differ from each other.
 * Another program may take one before it is used.
 */
export async function chooseLocalPorts<const Wishes extends readonly (number | undefined)[]>(
  wishes: Wishes,
): Promise<{ [Index in keyof Wishes]: number }> {
  const held: Server[] = [];
  try {
    const ports: number[] = [];
    for (const wish of wishes) {
      const server = (wish === undefined ? undefined : await hold(wish)) ?? (await hold(0));
      if (server === undefined) throw new Error('no port of 127.0.0.1 is free');
      held.push(server);
      ports.push(portOf(server));
    }
    return ports as { [Index in keyof Wishes]: number };
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server without an address');
  return address.port;
}
