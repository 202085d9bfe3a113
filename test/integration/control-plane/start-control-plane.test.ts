import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlPlaneOptions } from '../../../src/control-plane/control-plane.ts';
import { startControlPlane } from '../../../src/control-plane/start-control-plane.ts';
import type { Datastore } from '../../../src/datastore/datastore.ts';
import { parseDatastore } from '../../../src/datastore/parse-datastore.ts';
import { plainControlPlane } from '../../support/plain-control-plane.ts';

let directory: string;
let taken: Server;
let takenPort: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k3v-start-'));
  taken = createServer();
  takenPort = await listen(taken);
});

afterEach(async () => {
  taken.close();
  await rm(directory, { recursive: true });
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function start(more: Partial<ControlPlaneOptions>) {
  const options: ControlPlaneOptions = {
    ...plainControlPlane,
    dataDir: join(directory, 'data'),
    distro: 'auto',
    listenPort: 0,
    cacheDir: join(directory, 'cache'),
    ...more,
  };
  return startControlPlane(options, new AbortController().signal);
}

async function makeDataDir(record: string): Promise<string> {
  const dataDir = join(directory, 'data');
  await mkdir(join(dataDir, 'control-plane'), { recursive: true });
  await writeFile(join(dataDir, 'control-plane', 'distro.json'), record);
  return dataDir;
}

describe('a start that cannot succeed', () => {
  it('says which port is taken, before it looks for any program', async () => {
    await expect(start({ listenPort: takenPort })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${takenPort} is taken`,
    });
    expect(await readdir(directory)).toEqual(['data']);
  });

  it('refuses another distro than the data directory was made with', async () => {
    const dataDir = await makeDataDir('{"distro":"k3s","version":"v1.36.1+k3s1"}');
    await expect(start({ dataDir, distro: 'kubernetes', listenPort: await freePort() })).rejects.toMatchObject({
      code: 'DATA_DIR_DISTRO',
      hint: expect.stringContaining('--data-dir'),
    });
  });

  it.each(['', '{', '{"distro":"etcd"}'])('does not guess when the record is %j', async (record) => {
    const dataDir = await makeDataDir(record);
    await expect(start({ dataDir, listenPort: await freePort() })).rejects.toMatchObject({ code: 'DATA_DIR_DISTRO' });
  });

  const onPostgres = (endpoint: string): Datastore => {
    const tls = { caFile: undefined, certFile: undefined, keyFile: undefined };
    const datastore = parseDatastore(endpoint, { id: 'default', tls });
    if ('wrong' in datastore) throw new Error(datastore.wrong);
    return datastore;
  };

  it.each([
    ['{"distro":"kubernetes","version":"v1.36.3"}', 'SQLite in the data directory'],
    ['{"distro":"kubernetes","version":"v1.36.3","datastore":"sqlite"}', 'SQLite in the data directory'],
    ['{"distro":"kubernetes","version":"v1.36.3","datastore":"postgres://db:5432/a"}', 'postgres://db:5432/a'],
  ])('refuses another datastore than the data directory was last run on: %s', async (record, last) => {
    const dataDir = await makeDataDir(record);
    const datastore = onPostgres('postgres://k3v:hunter2@127.0.0.1:1/b');
    await expect(start({ dataDir, datastore, listenPort: await freePort() })).rejects.toMatchObject({
      code: 'DATA_DIR_DATASTORE',
      message: `${dataDir} was last run on ${last}, and postgres://k3v@127.0.0.1:1/b is another datastore`,
      hint: expect.stringContaining('write "datastore":"postgres://127.0.0.1:1/b" into'),
    });
  });

  it('refuses SQLite where the objects are elsewhere', async () => {
    const dataDir = await makeDataDir('{"distro":"kubernetes","version":"v1.36.3","datastore":"etcd://a:2379/k3v/b"}');
    await expect(start({ dataDir, listenPort: await freePort() })).rejects.toMatchObject({
      code: 'DATA_DIR_DATASTORE',
      hint: expect.stringContaining('Give --datastore-endpoint for etcd://a:2379/k3v/b'),
    });
  });

  it('says that the data directory cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const starting = start({ dataDir: join(directory, 'file', 'data'), listenPort: await freePort() });
    await expect(starting).rejects.toMatchObject({ code: 'DATA_DIR_NOT_WRITABLE' });
  });
});
