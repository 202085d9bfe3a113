import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { applyWith } from '../support/apply.ts';
import { eventually } from '../support/eventually.ts';
import { type AppliedRole, applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

type Kubectl = Awaited<ReturnType<typeof kubectlFor>>;
interface Role {
  kind: string;
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

const namespace = 'team-a';
const kinds = ['pods', 'services', 'endpoints', 'configmaps', 'secrets', 'persistentvolumeclaims'];
/** What the Role does not give. */
const forbidden = ['events', 'nodes', 'storageclasses', 'pods.metrics.k8s.io', 'nodes.metrics.k8s.io', 'nodes/proxy'];
const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

let folder: string;
let host: EmbeddedHost;
let admin: Kubectl;
let args: string[];
let printed: string;

/** Starts a host with what `k3v host-role` prints for one namespace, and a kubeconfig of the ServiceAccount in it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-host-role-'));
  const environment = { dataDir: join(folder, 'host'), cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  host = await startEmbeddedHost(environment, new AbortController().signal);
  admin = await kubectlFor(host.kubeconfigPath);
  await admin('create', 'namespace', namespace);
  const role = await applyRole([]);
  printed = role.printed;
  args = ['--kubeconfig', role.kubeconfig, '--listen-port', '27841', '--disable', 'coredns'];
});

afterAll(async () => {
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function applyRole(extras: string[]): Promise<AppliedRole> {
  return await applyHostRole({ hostKubeconfig: host.kubeconfigPath, namespace, folder, extras });
}

async function applyOnHost(manifests: string): Promise<void> {
  const file = join(folder, 'host-manifests.yaml');
  await writeFile(file, manifests);
  await admin('apply', '-f', file);
}

describe('with the printed Role and nothing more', () => {
  let k3v: K3vProcess;
  let virtual: Kubectl;

  beforeAll(async () => {
    k3v = await startK3v(folder, args);
    virtual = await kubectlFor(k3v.kubeconfig);
  });
  afterAll(async () => {
    await k3v?.end('SIGTERM');
  });

  const onHost = async (what: string) =>
    await admin('-n', namespace, 'get', what, '-l', 'k3v.io/managed=true', '-o', 'name');

  const apply = async (...manifests: object[]) => await applyWith(virtual, folder, manifests);

  it('says what it may not read, and does without', async () => {
    const { stdout } = await runK3v(folder, ['status']);
    expect(stdout).toContain(`  forbidden   ${forbidden.join(', ')} (optional)\n`);
    expect(stdout).toMatch(/namespace +team-a/);
    expect(JSON.parse((await runK3v(folder, ['status', '-o', 'json'])).stdout)).toMatchObject({
      forbidden,
      synced: true,
    });
  });

  it('has no metrics, as a bare cluster has none', async () => {
    await expect(virtual('top', 'pods', '-A')).rejects.toThrow('Metrics API not available');
    expect(await virtual('get', 'apiservices', '-o', 'name')).not.toContain('metrics.k8s.io');
  });

  it('a whole session works', async () => {
    await virtual('create', 'namespace', 'shop');
    const metadata = { name: 'web', namespace: 'shop' };
    const containers = [
      {
        name: 'web',
        image: 'nginx',
        envFrom: [{ configMapRef: { name: 'web' } }, { secretRef: { name: 'web' } }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ];
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'web' } }];
    const labels = { app: 'web' };
    await apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } },
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { b: '2' } },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata,
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers, volumes } },
        },
      },
    );
    await virtual('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=90s');
    await virtual('-n', 'shop', 'wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/web', '--timeout=60s');
    // Only the host knows its default class; k3v may not read classes here.
    expect(await virtual('-n', 'shop', 'get', 'pvc', 'web', '-o', 'jsonpath={.spec.storageClassName}')).toBe(
      'kwok-volume',
    );
    // Of it is shown what the claim shows.
    const provisioner = ['get', 'storageclass', 'kwok-volume', '-o', 'jsonpath={.provisioner}'];
    await eventually(async () => expect(await virtual(...provisioner)).toBe('kwok.x-k8s.io/volume'));
    for (const kind of ['configmaps', 'secrets', 'services', 'persistentvolumeclaims']) {
      expect(await onHost(kind)).toContain('/web-shop-');
    }
    expect((await onHost('pods')).split('\n')).toHaveLength(2);
    const places = await virtual('get', 'pods', '-A', '-o', 'jsonpath={.items[*].spec.nodeName}');
    const nodes = await virtual('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}');
    expect(new Set(nodes.split(' '))).toEqual(new Set(places.split(' ')));
    const seen = 'jsonpath={.items[0].status.conditions[*].reason} {.items[0].status.capacity}';
    expect(await virtual('get', 'nodes', '-o', seen)).toBe('PodsRun ');
    await virtual('-n', 'shop', 'patch', 'configmap', 'web', '-p', '{"data":{"a":"changed"}}');
    await eventually(async () =>
      expect(await admin('-n', namespace, 'get', 'configmaps', '-o', 'jsonpath={.items[*].data.a}')).toBe('changed'),
    );
  });

  it('logs of pods can be read', async () => {
    expect(await virtual('-n', 'shop', 'logs', 'deployment/web')).toContain('simulated');
  });

  it('an outside address of a Service is written, and gone with it', async () => {
    const metadata = { name: 'outside' };
    const subsets = [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80 }] }];
    await apply(
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
      { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets },
    );
    await eventually(async () => expect(await onHost('endpoints')).toContain('/outside-default-'));
    await virtual('delete', 'service', 'outside');
    await eventually(async () => expect(await onHost('services,endpoints')).not.toContain('/outside-default-'));
  });

  it('deletion goes through, of one object and of a namespace', async () => {
    await virtual('-n', 'shop', 'scale', 'deployment/web', '--replicas=1');
    await eventually(async () => expect((await onHost('pods')).split('\n')).toHaveLength(1));
    await virtual('delete', 'namespace', 'shop', '--timeout=90s');
    await eventually(async () =>
      expect(await onHost('pods,services,configmaps,secrets,persistentvolumeclaims')).not.toContain('-shop-'),
    );
  });

  it('nothing fails, and no right was missed', async () => {
    await eventually(async () => {
      const { stdout } = await runK3v(folder, ['status', '-o', 'json']);
      const { kinds: reported } = JSON.parse(stdout) as { kinds: { failing: object; waiting: number }[] };
      for (const { failing } of reported) expect(failing).toEqual({});
    });
    expect(k3v.lines().filter((line) => /forbidden/i.test(line) && /"level":(40|50)/.test(line))).toEqual([]);
  });
});

describe('with a right taken away', () => {
  /** Puts the Role without what `drop` names in force. */
  async function applyRoleWithout(drop: (kind: string, verb: string) => boolean) {
    const role = parseAllDocuments(printed)
      .map((document): unknown => document.toJS())
      .find((each): each is Role => Reflect.get(Object(each), 'kind') === 'Role');
    const rules = (role?.rules ?? []).flatMap((rule) =>
      rule.resources.map((kind) => ({
        ...rule,
        resources: [kind],
        verbs: rule.verbs.filter((verb) => !drop(kind, verb)),
      })),
    );
    await applyOnHost(stringify({ ...role, rules: rules.filter((rule) => rule.verbs.length > 0) }));
  }

  /** Returns what k3v says at its end. */
  async function startWithout(drop: (kind: string, verb: string) => boolean) {
    await applyRoleWithout(drop);
    const { stderr, exitCode } = await runK3v(folder, args);
    const last: unknown = JSON.parse(stderr.split('\n').at(-1) ?? '');
    return { exitCode, error: Object(last) as { code: string; msg: string; hint: string } };
  }

  it.each(verbs)('to %s, the start ends with the kinds that lack it and the command that helps', async (verb) => {
    await eventually(async () => {
      const { exitCode, error } = await startWithout((kind, each) => kinds.includes(kind) && each === verb);
      expect(exitCode).toBe(1);
      expect(error).toMatchObject({
        code: 'HOST_FORBIDDEN',
        msg: `the host credentials may not, in namespace "${namespace}": ${kinds.map((kind) => `${verb} ${kind}`).join(', ')}`,
        hint: expect.stringContaining(`k3v host-role --namespace ${namespace} | kubectl apply -f -`),
      });
    });
  });

  it.each(kinds)('on %s, that kind alone is named', async (kind) => {
    await eventually(async () => {
      const { error } = await startWithout((each, verb) => each === kind && verb === 'delete');
      expect(error.msg).toBe(`the host credentials may not, in namespace "${namespace}": delete ${kind}`);
    });
  });

  it('to exec and to read logs, kubectl says so in virtual names, and the rest is there', async () => {
    await applyRoleWithout((kind) => kind === 'pods/exec' || kind === 'pods/log');
    const k3v = await startK3v(folder, args);
    try {
      const virtual = await kubectlFor(k3v.kubeconfig);
      const { stdout } = await runK3v(folder, ['status']);
      expect(stdout).toMatch(/forbidden +pods\/log, pods\/exec, .*\(optional\)/);
      await virtual('run', 'mute', '--image=nginx');
      await virtual('wait', '--for=condition=Ready', 'pod/mute', '--timeout=60s');
      for (const [args, right] of [
        [['logs', 'mute'], 'get resource "pods/log"'],
        [['exec', 'mute', '--', 'true'], '(get|create) resource "pods/exec"'],
      ] satisfies [string[], string][]) {
        const refused: unknown = await virtual(...args).catch((error: unknown) => error);
        const stderr = String(Reflect.get(Object(refused), 'stderr'));
        expect(stderr).toMatch(new RegExp(`pods "mute" is forbidden: k3v cannot ${right} in API group "" on the host`));
        expect(stderr).not.toMatch(/team-a|mute-default|serviceaccount/);
      }
      await virtual('delete', 'pod', 'mute');
    } finally {
      await k3v.end('SIGTERM');
    }
  });

  it('to read nodes, --nodes all ends the start with the command that helps', async () => {
    await applyOnHost(printed);
    const { stderr, exitCode } = await runK3v(folder, [...args, '--nodes', 'all']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr.split('\n').at(-1) ?? '')).toMatchObject({
      code: 'HOST_FORBIDDEN',
      msg: '--nodes all: the host credentials may not get, list, watch nodes',
      hint: expect.stringContaining(`k3v host-role --namespace ${namespace} --with nodes | kubectl apply -f -`),
    });
  });
});

describe('with what --with events adds', () => {
  it('the events of the host are shown, and are no longer forbidden', async () => {
    await applyRole(['events']);
    const k3v = await startK3v(folder, args);
    try {
      const virtual = await kubectlFor(k3v.kubeconfig);
      const { stdout } = await runK3v(folder, ['status']);
      expect(stdout).toContain(
        `  forbidden   ${forbidden.filter((each) => each !== 'events').join(', ')} (optional)\n`,
      );
      await virtual('run', 'told', '--image=nginx');
      await eventually(async () =>
        expect(await virtual('get', 'events', '--field-selector=reason=Scheduled')).toMatch(
          /Successfully assigned default\/told to embedded-/,
        ),
      );
      await virtual('delete', 'pod', 'told');
    } finally {
      await k3v.end('SIGTERM');
    }
  });
});
