import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiAccess, ControlPlane, ControlPlaneOptions } from '../../src/control-plane/control-plane.ts';
import { identifyProcess, parseProcessIdentity } from '../../src/control-plane/process-identity.ts';
import { startControlPlane } from '../../src/control-plane/start-control-plane.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { eventually } from '../support/eventually.ts';
import { plainControlPlane } from '../support/plain-control-plane.ts';

let dataDir: string;
let listenPort: number;
let controlPlane: ControlPlane;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'k3v-control-plane-'));
  listenPort = await freePort();
  controlPlane = await start();
});

afterAll(async () => {
  await controlPlane.stop();
  await rm(dataDir, { recursive: true });
});

function start(
  more: Partial<ControlPlaneOptions> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<ControlPlane> {
  const options: ControlPlaneOptions = {
    ...plainControlPlane,
    dataDir,
    distro: 'kubernetes',
    listenPort,
    cacheDir: cacheDir(),
    ...more,
  };
  return startControlPlane(options, signal);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

interface Answer {
  status: number;
  body: {
    reason?: string;
    gitVersion?: string;
    items?: { metadata: { name: string } }[];
    data?: Record<string, string>;
  };
}

function call(access: Partial<ApiAccess>, path: string, body?: object): Promise<Answer> {
  const { server = '', caPem, certPem, keyPem } = access;
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, server),
      {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json' },
        agent: false,
        ...(caPem === undefined ? {} : { ca: caPem }),
        ...(certPem === undefined || keyPem === undefined ? {} : { cert: certPem, key: keyPem }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response
          .on('error', reject)
          .on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      },
    );
    asked.on('error', reject).end(body && JSON.stringify(body));
  });
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { word: name } });
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the kubernetes distro', () => {
  it('answers with its stamped version to its administrator', async () => {
    const { status, body } = await call(controlPlane.admin, '/version');
    expect({ status, version: body.gitVersion }).toEqual({ status: 200, version: controlPlane.version });
    expect(controlPlane).toMatchObject({ distro: 'kubernetes', version: expect.stringMatching(/^v1\.\d+\.\d+$/) });
    expect(Object.keys(controlPlane.pids()).sort()).toEqual(['kine', 'kube-apiserver', 'kube-controller-manager']);
  });

  it.runIf(process.platform === 'linux')('has its API server collect garbage early', async () => {
    const { 'kube-apiserver': apiServer = 0 } = controlPlane.pids();
    const environment = (await readFile(`/proc/${apiServer}/environ`, 'utf8')).split('\0');
    expect(environment).toContain(`GOGC=${process.env['GOGC'] ?? '50'}`);
  });

  it('has ClusterTrustBundles, among them one for its own serving certificate', async () => {
    await eventually(async () => {
      const { body } = await call(controlPlane.admin, '/apis/certificates.k8s.io/v1beta1/clustertrustbundles');
      expect(body.items?.map(({ metadata }) => metadata.name)).toEqual([
        expect.stringMatching(/^kubernetes\.io:kube-apiserver-serving:/),
      ]);
    });
  });

  it('lets the administrator do everything and a stranger nothing', async () => {
    expect((await call(controlPlane.admin, '/api/v1/secrets')).status).toBe(200);
    const { server, caPem } = controlPlane.admin;
    expect((await call({ server, caPem }, '/api/v1/secrets')).status).toBe(403);
  });

  it('runs its controllers: a new namespace gets a service account and the CA to trust', async () => {
    await call(controlPlane.admin, '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await eventually(
      async () => {
        const account = await call(controlPlane.admin, '/api/v1/namespaces/shop/serviceaccounts/default');
        const trusted = await call(controlPlane.admin, '/api/v1/namespaces/shop/configmaps/kube-root-ca.crt');
        expect(account.status).toBe(200);
        expect(trusted.body.data?.['ca.crt']).toBe(controlPlane.caPem);
      },
      { timeoutMs: 20_000, everyMs: 100 },
    );
  });

  it('survives the sudden death of its database and loses nothing', async () => {
    expect((await call(controlPlane.admin, configMaps, configMap('before'))).status).toBe(201);
    const { kine = 0 } = controlPlane.pids();
    process.kill(kine, 'SIGKILL');
    await eventually(
      async () => {
        expect((await call(controlPlane.admin, configMaps, configMap('after'))).status).toBe(201);
      },
      { timeoutMs: 30_000, everyMs: 200 },
    );
    expect((await call(controlPlane.admin, `${configMaps}/before`)).status).toBe(200);
  });

  it('keeps data and credentials over a restart, and leaves no process behind in between', async () => {
    const credentials = controlPlane.admin;
    expect((await call(credentials, configMaps, configMap('kept'))).status).toBe(201);
    const pids = Object.values(controlPlane.pids());
    await controlPlane.stop();
    for (const pid of pids) expect(await identifyProcess(pid)).toBeUndefined();
    controlPlane = await start({ distro: 'auto' });
    expect(controlPlane.distro).toBe('kubernetes');
    expect((await call(credentials, `${configMaps}/kept`)).body.data).toEqual({ word: 'kept' });
  });
});

describe('the end of its service', () => {
  it('ends a start in the middle', async () => {
    await controlPlane.stop();
    const service = new AbortController();
    const starting = start({}, service.signal);
    const pidFile = join(dataDir, 'control-plane', 'run', 'kube-apiserver.pid');
    const pid = await eventually(async () => parseProcessIdentity(await readFile(pidFile, 'utf8'))?.pid ?? 0);
    service.abort(new Error('Ctrl-C'));
    await expect(starting).rejects.toThrow('Ctrl-C');
    expect(await identifyProcess(pid)).toBeUndefined();
  });

  it('ends the running children without anybody calling stop', async () => {
    const service = new AbortController();
    controlPlane = await start({}, service.signal);
    const pids = Object.values(controlPlane.pids());
    service.abort();
    for (const pid of pids) await eventually(async () => expect(await identifyProcess(pid)).toBeUndefined());
    expect(pids).toHaveLength(3);
  });
});

describe('a damaged database', () => {
  let damagedDir: string;

  beforeEach(async () => {
    damagedDir = await mkdtemp(join(tmpdir(), 'k3v-damaged-'));
  });

  afterEach(() => rm(damagedDir, { recursive: true }));

  it('is one clear error, and nothing is left running', async () => {
    const options = { dataDir: damagedDir, listenPort: await freePort() };
    await (await start(options)).stop();
    const file = await open(join(damagedDir, 'control-plane', 'kubernetes', 'kine.db'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size - 4096, 0xaa), 0, size - 4096, 4096);
    await file.close();
    await expect(start(options)).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' });
    await expect(start(options)).rejects.not.toMatchObject({ code: 'PORT_IN_USE' });
  });
});
