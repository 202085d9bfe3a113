import { createServer } from 'node:net';
import { K3vError } from '../errors.ts';

/**
 * Resolves when `port` can be listened on at this moment, on all addresses. Rejects with K3vError `PORT_IN_USE`, or with `FLAG_INVALID` when
 * this user may not listen on it.
 */
export async function assertPortFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: '0.0.0.0', exclusive: true }, resolve);
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new K3vError('PORT_IN_USE', `port ${port} is taken`, {
        hint: 'End the program that listens there, or choose another with --listen-port.',
        cause: error,
      });
    }
    if (code === 'EACCES') {
      throw new K3vError('FLAG_INVALID', `--listen-port ${port}: this user may not listen on it`, {
        hint: 'Choose a port above 1023.',
        cause: error,
      });
    }
    throw error;
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
