import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { platform } from '../../src/platform/this-platform.ts';
import { isAlive, parseProcessIdentity, type ProcessIdentity } from '../../src/control-plane/process-identity.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { eventually } from '../support/eventually.ts';

const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
const forever = new AbortController().signal;
const patience = { timeoutMs: 60_000, everyMs: 100 };

let dataDir: string;
let kubectlPath: string;
let host: EmbeddedHost;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'k3v-embedded-'));
  kubectlPath = join(
    await buildKubernetesPrograms(['kubectl'], environment, forever),
    platform.executableName('kubectl'),
  );
  host = await start();
});

afterAll(async () => {
  await host?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function start(): Promise<EmbeddedHost> {
  return startEmbeddedHost({ ...environment, dataDir }, forever);
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(kubectlPath, ['--kubeconfig', host.kubeconfigPath, ...args]);
  return stdout;
}

/** Runs `kubectl get` and returns one line per object with the fields of the JSON path. */
async function get(what: string, path: string): Promise<string[]> {
  const text = await kubectl('get', ...what.split(' '), '-o', `jsonpath={range .items[*]}${path}{"\\n"}{end}`);
  return text.split('\n').filter((line) => line !== '');
}

async function processes(): Promise<ProcessIdentity[]> {
  const run = join(dataDir, 'embedded-host', 'run');
  const texts = (await readdir(run)).map((name) => readFile(join(run, name), 'utf8'));
  return (await Promise.all(texts)).flatMap((text) => parseProcessIdentity(text) ?? []);
}

describe('the embedded host', () => {
  test('has three nodes that are ready as soon as it is there, and say that they are simulated', async () => {
    const nodes = await get('nodes', '{.metadata.name} {.status.nodeInfo.osImage}');
    expect(nodes).toEqual(['embedded-1', 'embedded-2', 'embedded-3'].map((name) => `${name} simulated by KWOK`));
    const ready = await get('nodes', '{.status.conditions[?(@.type=="Ready")].status}');
    expect(ready).toEqual(['True', 'True', 'True']);
  });

  test('makes Service addresses of its own range', async () => {
    await kubectl('create', 'service', 'clusterip', 'addressed', '--tcp=80');
    expect(await get('services --field-selector=metadata.name=addressed', '{.spec.clusterIP}')).toEqual([
      expect.stringMatching(/^10\.96\.\d+\.\d+$/),
    ]);
  });

  test('runs the pods of a Deployment, each under an address of its own', async () => {
    await kubectl('create', 'deployment', 'web', '--image=nginx', '--replicas=3');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    const addresses = await get('pods -l app=web', '{.status.podIP}');
    expect(addresses).toHaveLength(3);
    expect(new Set(addresses).size).toBe(3);
  });

  test('says in the log of a pod that nothing runs there', async () => {
    expect(await kubectl('logs', 'deployment/web')).toContain('simulated');
  });

  test('completes a pod that is not restarted, even without a Job', async () => {
    await kubectl('run', 'once', '--image=busybox', '--restart=Never');
    await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/once', '--timeout=60s');
    expect(await get('pods -l run=once', '{.status.containerStatuses[0].state.terminated.exitCode}')).toEqual(['0']);
  });

  test('binds a claim to a simulated volume', async () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const creating = promisify(execFile)(kubectlPath, ['--kubeconfig', host.kubeconfigPath, 'create', '-f', '-']);
    creating.child.stdin?.end(JSON.stringify(claim));
    await creating;
    await kubectl('wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/data', '--timeout=60s');
    expect(await get('pv', '{.spec.claimRef.name}')).toEqual(['data']);
  });

  test('deletes pods', async () => {
    await kubectl('delete', 'pod', 'once', '--timeout=60s');
    expect(await get('pods -l run=once', '{.metadata.name}')).toEqual([]);
  });

  test('is refused to a second k3v on the same folder, and goes on', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    expect(await kubectl('get', '--raw', '/readyz')).toBe('ok');
  });

  test('leaves no process behind, and comes back with its pods, at the same address', async () => {
    const before = await get('pods -l app=web', '{.metadata.uid} {.status.podIP}');
    const running = await processes();
    expect(running).toHaveLength(5);
    await host.stop();
    for (const identity of running) expect(await isAlive(identity)).toBe(false);

    const { kubeconfig } = host;
    host = await start();
    expect(host.kubeconfig).toBe(kubeconfig);
    expect(await get('pods -l app=web', '{.metadata.uid} {.status.podIP}')).toEqual(before);

    await kubectl('scale', 'deployment/web', '--replicas=9');
    const addresses = await eventually(async () => {
      const found = await get('pods -l app=web', '{.status.podIP}');
      expect(found).toHaveLength(9);
      return found;
    }, patience);
    expect(new Set(addresses).size).toBe(9);
  });
});
