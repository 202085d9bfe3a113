import type { Duplex } from 'node:stream';

/**
 * Destroys `connection`, of a Unix socket, at its end if the other side has closed it, rather than just ended what it sends: a server
 * that waits for more would else hold it open. Both look alike to a reader; a write tells, even one of no bytes (EPIPE).
 */
export function destroyOnHangUp(connection: Duplex): void {
  connection.once('end', () => {
    if (connection.writable) connection.write('');
  });
}
