import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeDistroRecord } from '../../../src/control-plane/distro-record.ts';
import { controlPlaneCheck } from '../../../src/doctor/checks/control-plane.ts';
import { diskCheck } from '../../../src/doctor/checks/disk.ts';
import { portsCheck } from '../../../src/doctor/checks/ports.ts';
import { type TestFacts, doctorFacts, unhurried } from '../../support/doctor-facts.ts';
import { type SmallDisk, mountSmallDisk, smallDiskUnavailable } from '../../support/small-disk.ts';

const port = 27_564;
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'k3v-doctor-'))));
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('the port of the API server', () => {
  const found = async (dataDir = '/nowhere') =>
    await portsCheck.run(doctorFacts({ dataDir, config: { listenPort: port } }), unhurried);

  it('is free, is another program’s, or is that of the k3v that runs', async () => {
    expect(await found()).toEqual([{ status: 'ok', what: `${port} is free` }]);
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(port, '0.0.0.0', resolve));
    await expect(found()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await writeFile(join(folder, 'status.json'), JSON.stringify({ pid: process.pid }));
    expect(await found(folder)).toEqual([
      { status: 'ok', what: `${port} is that of the k3v that runs (pid ${process.pid})` },
    ]);
    await new Promise<void>((resolve) => void other.close(() => resolve()));
  });
});

describe('the port of the metrics', () => {
  const metricsAddress = { host: '127.0.0.1', port: 28_002 };
  const found = async () =>
    await portsCheck.run(doctorFacts({ dataDir: '/nowhere', config: { listenPort: port, metricsAddress } }), unhurried);

  it('is free or is another program’s', async () => {
    const what = 'metrics can be served on 127.0.0.1:28002';
    expect(await found()).toEqual([
      { status: 'ok', what: `${port} is free` },
      { status: 'ok', what },
    ]);
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(metricsAddress.port, metricsAddress.host, resolve));
    await expect(found()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await new Promise<void>((resolve) => void other.close(() => resolve()));
  });
});

const noDisk = smallDiskUnavailable();
describe.skipIf(noDisk !== undefined)(`the disk${noDisk === undefined ? '' : ` (not here: ${noDisk})`}`, () => {
  let disk: SmallDisk;
  afterEach(async () => await disk.remove());
  const found = async () => {
    const paths = { dataDir: join(disk.folder, 'not', 'yet', 'there'), cacheDir: join(disk.folder, 'cache') };
    return await diskCheck.run(doctorFacts(paths), unhurried);
  };

  it('is told by its space, from the nearest folder that is there', async () => {
    disk = await mountSmallDisk(200);
    const todo = 'Free some space.';
    expect(await found()).toEqual([
      { status: 'warn', what: expect.stringMatching(/^0\.2 GB free for the data directory .*1\.0 GB/), todo },
      { status: 'warn', what: expect.stringMatching(/^0\.2 GB free for the cache .*5\.0 GB/), todo },
    ]);
    await disk.fill();
    expect(await found()).toMatchObject([{ status: 'fail' }, { status: 'fail' }]);
  });

  it('that cannot be written is a failure, whatever space it has', async () => {
    disk = await mountSmallDisk(10);
    await execa('mount', ['-o', 'remount,ro', disk.folder]);
    expect(await found()).toMatchObject([
      {
        status: 'fail',
        what: expect.stringContaining('cannot be written'),
        todo: expect.stringContaining('--data-dir'),
      },
      { status: 'fail', what: expect.stringContaining('cannot be written') },
    ]);
  });
});

describe('the control plane', () => {
  const found = async (config: NonNullable<TestFacts['config']>) =>
    await controlPlaneCheck.run(doctorFacts({ config, dataDir: folder, cacheDir: join(folder, 'cache') }), unhurried);
  /** Nothing is on PATH but these, which print what they are given. */
  const onlyPrograms = async (programs: Record<string, string>) => {
    const path = join(folder, 'bin');
    await mkdir(path);
    for (const [name, prints] of Object.entries(programs)) {
      await writeFile(join(path, name), `#!/bin/sh\necho '${prints}'\n`);
      await chmod(join(path, name), 0o755);
    }
    vi.stubEnv('PATH', path);
  };

  it('is k3s where that is at hand, and is downloaded or built elsewhere', async () => {
    await onlyPrograms({ k3s: 'k3s version v1.36.1+k3s1 (0)', go: 'k3v/distro' });
    expect(await found({})).toMatchObject([
      { status: 'ok', what: 'k3s v1.36.1+k3s1: k3s is on PATH' },
      { status: 'warn', what: expect.stringContaining('built at the first start') },
    ]);
  });

  it('cannot be had without go, unless it is built already or k3s can be downloaded', async () => {
    await onlyPrograms({});
    expect(await found({ distro: 'kubernetes' })).toMatchObject([
      { status: 'fail', what: 'go is not installed, or not on PATH', todo: expect.stringContaining('Install Go') },
    ]);
    expect(await found({})).toMatchObject([
      { status: 'warn', what: expect.stringContaining('is downloaded at the first start') },
      { status: 'skip', what: 'go is not installed, or not on PATH' },
    ]);
  });

  it('is not another one than the data directory was made with', async () => {
    await mkdir(join(folder, 'control-plane'));
    await writeDistroRecord(folder, { distro: 'k3s', version: 'v1.36.1+k3s1', datastore: 'sqlite' });
    await expect(found({ distro: 'kubernetes' })).rejects.toMatchObject({ code: 'DATA_DIR_DISTRO' });
  });
});
