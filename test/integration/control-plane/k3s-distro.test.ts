import { access, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ControlPlane, ControlPlaneOptions } from '../../../src/control-plane/control-plane.ts';
import { plainAuditPolicy } from '../../../src/audit/audit-log.ts';
import { assertPortFree } from '../../../src/control-plane/free-port.ts';
import { k3sDistro } from '../../../src/control-plane/k3s-distro.ts';
import { pinnedK3sVersion } from '../../../src/control-plane/k3s-release.ts';
import { untilReadyz } from '../../../src/control-plane/readyz.ts';
import { parseDatastore } from '../../../src/datastore/parse-datastore.ts';
import { silentLog } from '../../../src/log.ts';
import { silentProgress } from '../../../src/progress.ts';
import { type FakeK3s, makeFakeK3s } from '../../support/fake-k3s.ts';
import { findProcesses } from '../../support/find-process.ts';
import { publishK3s, type ReleaseServer, startReleaseServer } from '../../support/release-server.ts';

const forever = new AbortController().signal;
const port = 23_010;

let folder: string;
let dataDir: string;
let options: ControlPlaneOptions;
let running: ControlPlane | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-k3s-'));
  dataDir = join(folder, 'data');
  options = {
    dataDir,
    distro: 'k3s',
    k3sBinary: undefined,
    listenPort: port,
    advertiseAddress: '192.0.2.7',
    tlsSans: ['k3v.example.com'],
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
    k3sReleaseUrl: 'http://127.0.0.1:9/nobody-listens',
    cacheDir: join(folder, 'cache'),
    log: silentLog,
    progress: silentProgress,
  };
  // No k3s of this machine may get into a test.
  vi.stubEnv('PATH', ['/usr/bin', '/bin'].join(delimiter));
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

function fake(changes: Partial<Parameters<typeof makeFakeK3s>[1]> = {}, name = 'fake'): Promise<FakeK3s> {
  return makeFakeK3s(join(folder, name), { port, ...changes });
}

async function start(k3s: FakeK3s): Promise<ControlPlane> {
  const prepared = await k3sDistro.prepare({ ...options, k3sBinary: k3s.path }, forever);
  running = await prepared.start(forever);
  return running;
}

describe('finding k3s', () => {
  test('--k3s-binary comes first', async () => {
    const given = await fake({ version: 'v1.33.4+k3s1' });
    const onPath = await fake({}, 'path');
    vi.stubEnv('PATH', `${onPath.folder}:/usr/bin:/bin`);
    const prepared = await k3sDistro.prepare({ ...options, k3sBinary: given.path }, forever);
    expect(prepared).toMatchObject({ version: 'v1.33.4+k3s1', source: '--k3s-binary names it' });
  });

  test.each([
    ['does not exist', async () => {}],
    ['is not executable', (path: string) => writeFile(path, '#!/bin/sh\n')],
    [
      'is another program',
      async (path: string) => {
        await writeFile(path, '#!/bin/sh\necho busybox 1.36\n');
        await chmod(path, 0o755);
      },
    ],
  ])('a --k3s-binary that %s ends the start and names the file', async (_what, make) => {
    const path = join(folder, 'not-k3s');
    await make(path);
    await expect(k3sDistro.prepare({ ...options, k3sBinary: path }, forever)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining(path),
    });
  });

  test('a --k3s-binary that is too old ends the start and says which version it is', async () => {
    const old = await fake({ version: 'v1.27.16+k3s1' });
    await expect(k3sDistro.prepare({ ...options, k3sBinary: old.path }, forever)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining('v1.27.16+k3s1'),
      hint: expect.stringContaining(pinnedK3sVersion),
    });
  });

  test('the one on PATH is used when it is new enough', async () => {
    const onPath = await fake({ version: 'v1.28.15+k3s1' }, 'path');
    vi.stubEnv('PATH', `${onPath.folder}:/usr/bin:/bin`);
    const prepared = await k3sDistro.prepare(options, forever);
    expect(prepared).toMatchObject({ version: 'v1.28.15+k3s1', source: 'k3s is on PATH' });
  });

  test('nothing is written into the data directory', async () => {
    const k3s = await fake();
    await k3sDistro.prepare({ ...options, k3sBinary: k3s.path }, forever);
    await expect(access(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('downloading k3s', () => {
  let server: ReleaseServer;

  beforeEach(async () => {
    server = await startReleaseServer();
    options = { ...options, k3sReleaseUrl: server.url };
    const k3s = await fake();
    publishK3s(server, pinnedK3sVersion, await readFile(k3s.path));
  });

  afterEach(() => server.close());

  test('happens once; after that the cache is used, even without a network', async () => {
    expect(await k3sDistro.prepare(options, forever)).toMatchObject({
      version: pinnedK3sVersion,
      source: 'k3s could be downloaded',
    });
    const asked = server.requests.length;
    await server.close();
    expect(await k3sDistro.prepare(options, forever)).toMatchObject({ source: 'k3s is in the cache' });
    expect(server.requests).toHaveLength(asked);
  });

  test('happens when the k3s on PATH is too old', async () => {
    const onPath = await fake({ version: 'v1.20.0+k3s1' }, 'path');
    vi.stubEnv('PATH', `${onPath.folder}:/usr/bin:/bin`);
    expect(await k3sDistro.prepare(options, forever)).toMatchObject({ version: pinnedK3sVersion });
  });

  test('says without a network what to do instead', async () => {
    await server.close();
    await expect(k3sDistro.prepare(options, forever)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      hint: expect.stringContaining('--distro kubernetes'),
    });
    await expect(access(options.cacheDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('running k3s', () => {
  test('is ready when /readyz answers ok, with the CA and the credentials of k3s', async () => {
    const k3s = await fake();
    const plane = await start(k3s);
    expect(plane).toMatchObject({ distro: 'k3s', version: 'v1.36.1+k3s1', caPem: k3s.caPem });
    expect(plane.admin.server).toBe(`https://127.0.0.1:${port}`);
    await untilReadyz(plane.admin, forever);
    expect(plane.pids()).toEqual({ k3s: expect.any(Number) });
  });

  test.each(['v1.28.15+k3s1', 'v1.29.0+k3s1', 'v1.36.1+k3s1'])(
    '%s knows all flags and controllers it is given',
    async (version) => {
      const plane = await start(await fake({ version }));
      expect(plane.version).toBe(version);
    },
  );

  test('keeps to its folder and to its flags, whatever the shell is set up for', async () => {
    vi.stubEnv('K3S_URL', 'https://another-cluster.example:6443');
    vi.stubEnv('K3S_TOKEN', 'secret');
    const k3s = await fake();
    await start(k3s);
    const { args, env } = await k3s.report();
    expect(env).toMatchObject({ K3S_URL: '', K3S_TOKEN: '', HOME: join(dataDir, 'control-plane/k3s/home') });
    expect(args).toContain(`--data-dir=${join(dataDir, 'control-plane/k3s')}`);
    const config = args.find((arg) => arg.startsWith('--config='))?.slice('--config='.length) ?? '';
    expect((await stat(config)).size).toBe(0);
  });

  test('gets the datastore by its environment, and no argument holds the password', async () => {
    const tls = { caFile: '/ca.crt', certFile: undefined, keyFile: undefined };
    const datastore = parseDatastore('postgres://k3v:hunter2@127.0.0.1:1/team', { id: 'blue', tls });
    if ('wrong' in datastore) throw new Error(datastore.wrong);
    const k3s = await fake();
    const prepared = await k3sDistro.prepare({ ...options, datastore, k3sBinary: k3s.path }, forever);
    running = await prepared.start(forever);
    const { args, env } = await k3s.report();
    expect(env).toMatchObject({
      K3S_DATASTORE_ENDPOINT: 'postgres://k3v:hunter2@127.0.0.1:1/team',
      K3S_DATASTORE_CAFILE: '/ca.crt',
    });
    expect(args.join(' ')).not.toContain('hunter2');
    expect(await findProcesses('hunter2')).toEqual([]);
  });

  test('whose database refuses the password is one clear error, at once', async () => {
    const tls = { caFile: undefined, certFile: undefined, keyFile: undefined };
    const datastore = parseDatastore('postgres://k3v:hunter2@127.0.0.1:1/team', { id: 'blue', tls });
    if ('wrong' in datastore) throw new Error(datastore.wrong);
    const said =
      'creating storage endpoint: failed to create driver: FATAL: password authentication failed for user k3v';
    const k3s = await fake({ lastWords: said });
    const prepared = await k3sDistro.prepare({ ...options, datastore, k3sBinary: k3s.path }, forever);
    await expect(prepared.start(forever)).rejects.toMatchObject({
      code: 'DATASTORE_REFUSED',
      message: expect.stringMatching(
        /^the datastore postgres:\/\/k3v@127\.0\.0\.1:1\/team refuses k3v: FATAL: password/,
      ),
    });
  });

  test('has its API server log requests where that is asked for', async () => {
    const file = join(folder, 'audit/audit.log');
    options = { ...options, audit: { file, policy: plainAuditPolicy, maxAgeDays: 1, maxBackups: 2, maxSizeMb: 3 } };
    const k3s = await fake();
    await start(k3s);
    const policyFile = join(dataDir, 'control-plane/audit-policy.json');
    expect((await k3s.report()).args).toEqual(
      expect.arrayContaining([
        `--kube-apiserver-arg=audit-log-path=${file}`,
        `--kube-apiserver-arg=audit-policy-file=${policyFile}`,
        '--kube-apiserver-arg=audit-log-maxbackup=2',
      ]),
    );
    expect(await readFile(policyFile, 'utf8')).toBe(plainAuditPolicy);
  });

  test('starts again over the folder of the last run and takes the new credentials', async () => {
    await (await start(await fake({}, 'first'))).stop();
    const second = await fake({}, 'second');
    const plane = await start(second);
    expect(plane.caPem).toBe(second.caPem);
  });

  test('leaves nothing running after stop', async () => {
    const plane = await start(await fake());
    const pid = plane.pids()['k3s'] ?? 0;
    await plane.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(plane.pids()).toEqual({});
    expect(await readdir(join(dataDir, 'control-plane/run'))).toEqual([]);
  });

  test('stops when the signal aborts', async () => {
    const stopping = new AbortController();
    const k3s = await fake();
    const prepared = await k3sDistro.prepare({ ...options, k3sBinary: k3s.path }, forever);
    const plane = await prepared.start(stopping.signal);
    const pid = plane.pids()['k3s'] ?? 0;
    stopping.abort();
    await plane.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('shows the last words of a k3s that ends before it is ready', async () => {
    const k3s = await fake({ lastWords: 'starting kubernetes: preparing server: token does not match' });
    await expect(start(k3s)).rejects.toMatchObject({
      code: 'CONTROL_PLANE_FAILED',
      message: expect.stringContaining('token does not match'),
      hint: expect.stringContaining('k3s.log'),
    });
  });

  test.each([
    ['the port', port],
    ['the port after it, which k3s takes too,', port + 1],
  ])('says so when %s is taken', async (_what, taken) => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(taken, '127.0.0.1', resolve));
    try {
      await expect(start(await fake())).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: expect.stringContaining(String(taken)),
      });
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });

  test('is started again when it dies', async () => {
    const plane = await start(await fake());
    const pid = plane.pids()['k3s'] ?? 0;
    process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => ![undefined, pid].includes(plane.pids()['k3s']), { timeout: 10_000 });
    await expect(untilReadyz(plane.admin, AbortSignal.timeout(10_000))).resolves.toBeUndefined();
  });
});

describe('k3s beside others on one datastore', () => {
  test('gets the token that opens the keys they share', async () => {
    const k3s = await fake();
    options = { ...options, shared: { k3sToken: 'opens-it' } };
    await start(k3s);
    expect((await k3s.report()).env).toMatchObject({ K3S_TOKEN: 'opens-it' });
  });

  test('is ended again when it finds out that it has no business there', async () => {
    const k3s = await fake();
    const refusal = new Error('another one’s');
    const servers: string[] = [];
    const admit: ControlPlaneOptions['admit'] = async ({ server }) => {
      servers.push(server);
      throw refusal;
    };
    options = { ...options, admit };
    await expect(start(k3s)).rejects.toBe(refusal);
    expect(servers).toEqual([`https://127.0.0.1:${port}`]);
    await expect(assertPortFree(port)).resolves.toBeUndefined();
  });
});
