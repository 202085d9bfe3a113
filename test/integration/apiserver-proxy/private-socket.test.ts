import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenPrivately, privateSocketFolder } from '../../../src/apiserver-proxy/private-socket.ts';

let folder: string;
const nameBytes = 'controlplane.sock'.length;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-socket-'));
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe('a folder for sockets', () => {
  it('is the wanted one, closed to others, and stays', async () => {
    const wanted = join(folder, 'egress');
    const found = await privateSocketFolder(wanted, nameBytes);
    expect(found.path).toBe(wanted);
    expect((await stat(wanted)).mode & 0o777).toBe(0o700);
    await found.remove();
    expect(await readdir(folder)).toEqual(['egress']);
  });

  it('is a temporary one where the path would be too long for a socket, and is removed', async () => {
    const found = await privateSocketFolder(join(folder, 'x'.repeat(100)), nameBytes);
    const server = net.createServer();
    await listenPrivately(server, join(found.path, 'controlplane.sock'));
    expect((await stat(found.path)).mode & 0o777).toBe(0o700);
    server.close();
    await once(server, 'close');
    await found.remove();
    await expect(stat(found.path)).rejects.toThrow('ENOENT');
  });
});
