import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type KubeObject, type Namespace, type ResourceQuota, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { runK3v, startK3v } from '../support/k3v-process.ts';

const namespace = 'team';
const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles', kind: 'Role', namespaced: true };

interface Finding {
  check: string;
  status: string;
  what: string;
  todo?: string;
}

let folder: string;
let embedded: EmbeddedHost;
let host: StreamingKubeClient;
let kubeconfig: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-doctor-'));
  const environment = { dataDir: join(folder, 'host'), cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  embedded = await startEmbeddedHost(environment, new AbortController().signal);
  host = clientOf(embedded.kubeconfigPath);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await host.create<Namespace>(resources.namespaces, { metadata: { name: namespace, labels } });
  ({ kubeconfig } = await applyHostRole({ hostKubeconfig: embedded.kubeconfigPath, namespace, folder }));
});

afterAll(async () => {
  host?.close();
  await embedded?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function doctor(more: string[], as = kubeconfig) {
  const flags = ['--kubeconfig', as, '--namespace', namespace, '--distro', 'kubernetes', '--listen-port', '27565'];
  return await runK3v(folder, ['doctor', ...flags, ...more]);
}

async function found(more: string[] = [], as = kubeconfig) {
  const { exitCode, stdout } = await doctor(['-o', 'json', ...more], as);
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  return { exitCode, ok, of: (check: string) => findings.filter((each) => each.check === check) };
}

it('a host with the Role, and this machine, are fit; what could be better is told, and nothing is changed', async () => {
  const before = await host.list(resources.pods, { namespace });
  const { exitCode, ok, of } = await found();
  expect({ exitCode, ok }).toEqual({ exitCode: 0, ok: true });
  expect(of('host')).toMatchObject([{ status: 'ok', what: expect.stringMatching(/answers: Kubernetes v1\.36/) }]);
  expect(of('clock')).toMatchObject([{ status: 'ok' }]);
  expect(of('rights')).toMatchObject([{ status: 'ok' }, { status: 'skip', todo: expect.stringContaining('--with') }]);
  expect(of('pod security')).toMatchObject([
    {
      status: 'warn',
      what: expect.stringContaining('"restricted"'),
      todo: expect.stringContaining('--isolation restricted'),
    },
  ]);
  expect(of('quota')).toMatchObject([{ status: 'skip' }]);
  expect(of('service range')).toMatchObject([{ status: 'ok', what: expect.stringContaining('10.') }]);
  expect(of('pod reach')).toMatchObject([{ status: 'skip', todo: expect.stringContaining('--probe-pod') }]);
  expect(of('ports')).toMatchObject([{ status: 'ok', what: '27565 is free' }]);
  expect(of('control plane')).toMatchObject([{ status: 'ok' }]);
  expect((await host.list(resources.pods, { namespace })).items).toEqual(before.items);
});

it('as text, each finding is a line, with what to do below it', async () => {
  const { exitCode, stdout } = await doctor(['--isolation', 'restricted']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^✓ kubeconfig {5}.*context host: https/m);
  expect(stdout).toMatch(/^✓ pod security {3}the host enforces "restricted", --isolation is restricted$/m);
  expect(stdout).toMatch(/^- pod reach {6}not tried.*\n {17}→ Let k3v make one for a minute/m);
});

it('a pod of a simulated host tells nothing, and is removed', async () => {
  const { exitCode, of } = await found(['--probe-pod']);
  expect(of('pod reach')).toMatchObject([{ status: 'skip', what: expect.stringContaining('only simulated') }]);
  expect(exitCode).toBe(0);
  await eventually(async () => expect((await host.list(resources.pods, { namespace })).items).toEqual([]));
});

it('works while k3v runs, and tells its port, its id and its cluster DNS from those of others', async () => {
  const k3v = await startK3v(folder, ['--kubeconfig', kubeconfig, '--namespace', namespace, '--listen-port', '27565']);
  try {
    await eventually(
      async () => {
        const { exitCode, of } = await found();
        expect(of('dns')).toMatchObject([
          { status: 'ok', what: expect.stringMatching(/address 10\.\S+ .* ready pod/) },
        ]);
        expect(of('ports')).toMatchObject([
          { status: 'ok', what: `27565 is that of the k3v that runs (pid ${k3v.pid})` },
        ]);
        expect(of('id')).toMatchObject([{ status: 'ok', what: expect.stringContaining('"default" is claimed') }]);
        expect(exitCode).toBe(0);
      },
      { timeoutMs: 90_000, everyMs: 1_000 },
    );
  } finally {
    expect(await k3v.end('SIGTERM')).toBe(0);
  }
  // Another data directory cannot have the id.
  const elsewhere = await found(['--data-dir', join(folder, 'another')]);
  expect(elsewhere.of('id')).toMatchObject([{ status: 'fail', todo: expect.stringContaining('k3v uninstall') }]);
  expect(elsewhere.exitCode).toBe(1);
});

it('one right that is missing fails with the Role that gives it, and all else is looked at all the same', async () => {
  const ref = { resource: roles, namespace, name: 'k3v' };
  const role = (await host.get(ref)) as KubeObject & { rules: { resources: string[]; verbs: string[] }[] };
  const rules = role.rules.map((rule) => ({
    ...rule,
    resources: rule.resources.filter((each) => each !== 'endpoints'),
  }));
  const [first] = role.rules;
  const lessened = [
    ...rules,
    { ...first, resources: ['endpoints'], verbs: first?.verbs.filter((verb) => verb !== 'patch') },
  ];
  await host.patch(ref, 'merge', { rules: lessened });
  const { exitCode, ok, of } = await found();
  expect({ exitCode, ok }).toEqual({ exitCode: 1, ok: false });
  expect(of('rights')[0]).toEqual({
    check: 'rights',
    status: 'fail',
    what: 'may not patch endpoints',
    todo: `Have an admin of the host apply the Role: k3v host-role --namespace ${namespace} | kubectl apply -f -`,
  });
  expect(of('service range')).toMatchObject([{ status: 'ok' }]);
  await host.patch(ref, 'merge', { rules: role.rules });
});

it('an admin of the host is told what is left of its quota', async () => {
  const quota = { metadata: { name: 'small', namespace }, spec: { hard: { pods: '0', secrets: '50' } } };
  await host.create<ResourceQuota>(resources.resourceQuotas, quota);
  await eventually(async () => {
    const { status } = await host.get<ResourceQuota>({ resource: resources.resourceQuotas, namespace, name: 'small' });
    expect(status?.hard).toEqual(quota.spec.hard);
  });
  const { of } = await found([], embedded.kubeconfigPath);
  expect(of('quota')).toMatchObject([
    // A pod of the virtual cluster is still there.
    { status: 'warn', what: 'ResourceQuota small is nearly used up: pods 1 of 0' },
  ]);
  expect(of('namespace')).toMatchObject([{ status: 'ok', what: 'team is there' }]);
});

it('a host that is away fails once, and this machine is looked at all the same', async () => {
  await embedded.stop();
  const { exitCode, of } = await found();
  expect(exitCode).toBe(1);
  expect(of('host')).toMatchObject([{ status: 'fail', what: expect.stringContaining('does not answer') }]);
  const others = [
    'versions',
    'clock',
    'namespace',
    'rights',
    'pod security',
    'quota',
    'service range',
    'dns',
    'address',
  ];
  const what = 'not tried: the host could not be asked';
  expect(others.flatMap(of)).toEqual(others.map((check) => ({ check, status: 'skip', what })));
  expect(of('ports')).toMatchObject([{ status: 'ok' }]);
  expect(of('disk')).toHaveLength(2);
});
