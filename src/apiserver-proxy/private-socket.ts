import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The longest path of a Unix socket: `sun_path` has 104 bytes on macOS, 108 on Linux, one for the NUL. */
const maxPathBytes = 103;

/** A folder that only this user can enter, with paths that a socket can have. */
export interface SocketFolder {
  /** Absolute. */
  path: string;
  /** Removes the folder if it was made for this run. */
  remove(): Promise<void>;
}

/**
 * Returns `folder`, made if need be, for sockets with names of at most `nameBytes`, or a new folder among the temporary
 * files of the system where its path is too long for that.
 */
export async function privateSocketFolder(folder: string, nameBytes: number): Promise<SocketFolder> {
  const path = resolve(folder);
  if (Buffer.byteLength(path) + 1 + nameBytes <= maxPathBytes) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    return { path, remove: async () => {} };
  }
  const temporary = await mkdtemp(join(tmpdir(), 'k3v-'));
  return { path: temporary, remove: async () => await rm(temporary, { recursive: true, force: true }) };
}

/** Lets `server` listen at `path`, which what is left of an earlier run is removed from. Only this user can connect. */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  server.listen({ path });
  await once(server, 'listening');
  await chmod(path, 0o600);
}
