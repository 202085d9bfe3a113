import type { Duplex } from 'node:stream';

/**
 * Lets `socket` be read to its end although its peer has closed. Node destroys a socket, with all that is still to be read, as soon as
 * a write to it fails; but a peer that has sent its last bytes and closed refuses the next ping of a client that is still busy
 * reading, and the end of its output would be lost. Here a failed write is forgotten, as are those that follow, and an error
 * comes after what was read before it. `destroy()` without an error ends the socket at once, as ever.
 */
export function keepReading(socket: Duplex): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const final = socket._final.bind(socket);
  const destroy = socket.destroy.bind(socket);
  let refused = false;
  let ending = false;
  const forget = (done: (error?: Error | null) => void) => (error?: Error | null) => {
    if (error) refused = true;
    done();
  };

  socket._write = (chunk, encoding, done) => {
    if (refused) return done();
    write(chunk, encoding, forget(done));
  };
  if (writev) {
    socket._writev = (chunks, done) => {
      if (refused) return done();
      writev(chunks, forget(done));
    };
  }
  socket._final = (done) => {
    if (refused) return done();
    final(forget(done));
  };
  socket.destroy = (error) => {
    if (!error || socket.readableEnded || socket.destroyed) return destroy(error);
    if (ending) return socket;
    ending = true;
    socket.once('end', () => destroy());
    socket.push(null);
    return socket;
  };
}
