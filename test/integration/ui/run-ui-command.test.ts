import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../../../packaging/binary/bundle-script.ts';
import type { Status } from '../../../src/cli/status.ts';
import { kubeconfigYaml } from '../../../src/control-plane/kubeconfig.ts';
import { runUiCommand } from '../../../src/run-ui-command.ts';
import { buildPageFiles } from '../../../src/ui/page-files.ts';

/** Nobody listens there: the page comes up where nothing answers, and says so. */
const hostServer = 'https://127.0.0.1:1';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-ui-'));
  const status: Status = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    distro: 'kubernetes',
    version: 'v1.36.3',
    datastore: 'SQLite in the data directory',
    host: { server: hostServer, version: 'v1.36.3', namespace: 'team', simulated: false },
    id: 'default',
    kubeconfig: join(folder, 'tenant.yaml'),
    children: {},
    synced: true,
    kinds: [],
    forbidden: [],
  };
  const kubeconfig = (server: string) =>
    kubeconfigYaml({ server, caPem: '', contextName: 'test', token: 'token', namespace: 'team' });
  await mkdir(join(folder, 'k3v-data'));
  await writeFile(join(folder, 'k3v-data/status.json'), JSON.stringify(status));
  const own = join(folder, 'own-host');
  await mkdir(join(own, 'embedded-host'), { recursive: true });
  await writeFile(join(own, 'status.json'), JSON.stringify({ ...status, host: { ...status.host, simulated: true } }));
  await writeFile(join(own, 'embedded-host/kubeconfig.yaml'), kubeconfig(hostServer));
  await writeFile(status.kubeconfig, kubeconfig('https://127.0.0.1:2'));
  await writeFile(join(folder, 'host.yaml'), kubeconfig(hostServer));
  await writeFile(join(folder, 'other.yaml'), kubeconfig('https://127.0.0.1:3'));
});

const noEnd = new AbortController().signal;
const unheard: (text: string) => void = () => undefined;

afterAll(async () => await rm(folder, { recursive: true, force: true }));

const run = async ({ port = 0, dataDir = 'k3v-data', kubeconfig = 'host.yaml', until = noEnd, say = unheard } = {}) =>
  await runUiCommand(
    { port },
    {
      config: { dataDir: join(folder, dataDir), kubeconfig: join(folder, kubeconfig), context: undefined },
      env: {},
      say,
      signal: until,
    },
  );

describe('k3v ui says what is wrong', () => {
  it('where no k3v runs', async () => {
    await expect(run({ dataDir: 'none' })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('where the kubeconfig leads to another host than that of k3v', async () => {
    await expect(run({ kubeconfig: 'other.yaml' })).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining(`other.yaml leads to https://127.0.0.1:3, and k3v runs on ${hostServer}`),
    });
  });

  it("where the tenant's kubeconfig is gone", async () => {
    const moved = join(folder, 'moved.yaml');
    await rename(join(folder, 'tenant.yaml'), moved);
    await expect(run()).rejects.toMatchObject({ code: 'HOST_CONFIG_MISSING', hint: expect.stringContaining('again') });
    await rename(moved, join(folder, 'tenant.yaml'));
  });

  it('where the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(run({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    server.close();
  });
});

it('the throw-away host lies in the data directory, whatever --kubeconfig names, and nothing answers once it has ended', async () => {
  const [said, ending] = [Promise.withResolvers<string>(), new AbortController()];
  const running = run({ dataDir: 'own-host', kubeconfig: 'other.yaml', until: ending.signal, say: said.resolve });
  const { origin } = new URL((await Promise.race([said.promise, running])) ?? '');
  expect(await (await fetch(origin)).text()).toContain('<title>k3v</title>');
  ending.abort();
  await running;
  await expect(fetch(origin)).rejects.toThrow('fetch failed');
});

it('the packaged k3v carries the page, serves it without any package, and ends when it is interrupted', async () => {
  const script = join(folder, 'k3v.cjs');
  await bundleScript(script, { target: 'linux-x64', parts: [] });
  const child = spawn(process.execPath, [script, 'ui', '--kubeconfig', 'host.yaml'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    const [output]: Buffer[] = await once(child.stdout, 'data');
    const { origin, hash } = new URL(String(output).trim());
    for (const [name, body] of Object.entries(await buildPageFiles())) {
      expect(await (await fetch(`${origin}/${name}`)).text()).toBe(body);
    }
    const response = await fetch(`${origin}/updates`, { headers: { authorization: `Bearer ${hash.slice(1)}` } });
    const first = await response.body?.pipeThrough(new TextDecoderStream()).getReader().read();
    expect(JSON.parse(first?.value ?? '')).toMatchObject({ all: true, running: true, cluster: { id: 'default' } });
  } finally {
    child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
});
