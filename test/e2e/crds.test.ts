import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { crdFiles, crdFolder } from '../../packaging/chart/crd-files.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';

const patient = { timeoutMs: 60_000, everyMs: 250 };
const root = join(import.meta.dirname, '../..');
let folder: string;
let host: EmbeddedHost;
let client: StreamingKubeClient;
let kubectl: (...args: string[]) => Promise<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-crds-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  host = await startEmbeddedHost({ ...environment, dataDir: join(folder, 'host') }, new AbortController().signal);
  client = clientOf(host.kubeconfigPath);
  kubectl = await kubectlFor(host.kubeconfigPath);
});

afterAll(async () => {
  client?.close();
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function apply(object: object, ...args: string[]): Promise<string> {
  const file = join(folder, 'object.yaml');
  await writeFile(file, stringify(object));
  return await kubectl('apply', '-f', file, ...args);
}
const cluster = (spec: object, name = 'one') => ({
  apiVersion: 'k3k.io/v1beta1',
  kind: 'Cluster',
  metadata: { name, namespace: 'default' },
  spec,
});
const policy = (spec: object) => ({
  apiVersion: 'k3k.io/v1beta1',
  kind: 'VirtualClusterPolicy',
  metadata: { name: 'teams' },
  spec,
});
const refusal = async (object: object) =>
  await apply(object, '--dry-run=server').then(
    () => 'nothing',
    (error: unknown) => String(Reflect.get(Object(error), 'stderr')),
  );
const show = async (what: string, path: string): Promise<unknown> =>
  JSON.parse(await kubectl('get', what, '-o', `jsonpath=${path}`));

it('are as packaging/chart says, with the types of Kubernetes; npm run crds writes them', async () => {
  for (const [name, text] of await crdFiles(client)) {
    expect(await readFile(join(root, crdFolder, name), 'utf8')).toBe(text);
  }
});

it('are taken by an API server, as client-side apply does it, too, and explain themselves', async () => {
  const names = [...(await crdFiles(client)).keys()];
  for (const name of names) await kubectl('apply', '-f', join(root, crdFolder, name));
  const definitions = names.map((name) => `crd/${name.replace('.yaml', '')}`);
  await kubectl('wait', '--for=condition=Established', ...definitions);
  for (const each of definitions) {
    expect(await kubectl('get', each, '-o', 'jsonpath={.status.conditions[?(@.type=="NonStructuralSchema")]}')).toBe(
      '',
    );
  }
  const explains = async (field: string) => await eventually(async () => await kubectl('explain', field), patient);
  expect(await explains('clusters.spec.persistence.type')).toContain('dynamic: in volumes that a storage');
  expect(await explains('clusters.spec.serverAffinity.nodeAffinity')).toContain('preferredDuringScheduling');
});

describe('a Cluster', () => {
  it('needs nothing but a name', async () => {
    await apply(cluster({}));
    expect(await show('cluster.k3k.io/one', '{.spec}')).toEqual({
      mode: 'shared',
      servers: 1,
      agents: 0,
      persistence: { type: 'dynamic', storageRequestSize: '2G' },
      sync: {
        ...Object.fromEntries(
          ['services', 'configMaps', 'secrets', 'persistentVolumeClaims'].map((kind) => [kind, { enabled: true }]),
        ),
        ingresses: { enabled: false, disableTLSSecretTranslation: false },
        priorityClasses: { enabled: false },
        storageClasses: { enabled: false },
      },
    });
    expect(await kubectl('get', 'clusters')).toMatch(/NAME +MODE +STATUS +POLICY +VERSION +AGE\none +shared /);
  });

  it('may say all that K3K knows and that has a meaning here', async () => {
    const everything = {
      version: 'v1.36.3-k3s1',
      mode: 'virtual',
      servers: 3,
      agents: 2,
      clusterCIDR: '10.60.0.0/16',
      serviceCIDR: '10.61.0.0/16',
      clusterDNS: '10.61.0.10',
      persistence: { type: 'dynamic', storageClassName: 'fast', storageRequestSize: '5Gi' },
      expose: { nodePort: { serverPort: 30_443 }, annotations: { a: 'b' } },
      nodeSelector: { disk: 'ssd' },
      priorityClass: 'high',
      tokenSecretRef: { name: 'token', namespace: 'default' },
      tlsSANs: ['one.example.com', '192.0.2.1'],
      serverArgs: ['--disable=traefik'],
      agentArgs: ['--node-label=a=b'],
      serverEnvs: [{ name: 'A', value: 'b' }],
      agentEnvs: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      addons: [{ secretNamespace: 'default', secretRef: 'app' }],
      serverLimit: { cpu: '1', memory: '1Gi' },
      workerLimit: { cpu: 2 },
      serverResources: { requests: { cpu: '100m' } },
      workerResources: { limits: { memory: '1Gi' } },
      serverAffinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'host' }] },
      },
      agentAffinity: {},
      secretMounts: [{ secretName: 's', name: 'registries', mountPath: '/etc/r', subPath: 'r.yaml', role: 'agent' }],
      podSecurityContext: { runAsUser: 1000 },
      securityContext: { readOnlyRootFilesystem: true },
      runtimeClassName: 'kata',
      hostUsers: false,
      customCAs: {
        enabled: true,
        sources: Object.fromEntries(
          ['serverCA', 'clientCA', 'requestHeaderCA', 'etcdServerCA', 'etcdPeerCA', 'serviceAccountToken'].map(
            (source) => [source, { secretName: source.toLowerCase() }],
          ),
        ),
      },
    };
    expect(await refusal(cluster(everything, 'all'))).toBe('nothing');
    await apply(cluster(everything, 'all'), '--validate=strict');
    expect(await show('cluster.k3k.io/all', '{.spec}')).toMatchObject(everything);
  });

  it.each([
    [{ mode: 'hcp' }, 'mode hcp (control plane only, nodes of your own) is not supported'],
    [{ mode: 'other' }, 'Unsupported value: "other"'],
    [{ servers: 2 }, 'servers has to be 1 or 3'],
    [{ agents: 1 }, 'agents are for mode virtual'],
    [{ clusterCIDR: '10.0.0.0/16' }, 'clusterCIDR is for mode virtual'],
    [{ clusterDNS: '10.0.0.10' }, 'clusterDNS is for mode virtual'],
    [{ agentArgs: ['--a'] }, 'agentArgs is for mode virtual'],
    [{ mode: 'virtual', mirrorHostNodes: true }, 'mirrorHostNodes is for mode shared'],
    [{ version: 'latest' }, 'spec.version in body should match'],
    [{ expose: { nodePort: {}, ingress: {} } }, 'only one of ingress, loadBalancer and nodePort can be chosen'],
    [{ expose: { nodePort: { serverPort: 443 } } }, 'should be greater than or equal to 30000'],
    [{ expose: { loadBalancer: { etcdPort: 2379 } } }, 'etcdPort is not supported'],
    [{ sync: { secrets: { enabled: false } } }, 'secrets always cross to the host'],
    [{ sync: { services: { selector: { a: 'b' } } } }, 'leave the selector out'],
    [{ sync: { ingresses: { enabled: true, disableTLSSecretTranslation: true } } }, 'always cross with it'],
    [{ servers: 3, persistence: { type: 'ephemeral' } }, 'servers: 3 needs persistence of type dynamic'],
    [{ customCAs: {} }, 'customCAs says no sources'],
    [{ customCAs: { sources: { clientCA: {} } } }, 'clientCA.secretName: Required value'],
    [{ secretMounts: [{ secretName: 's' }] }, 'spec.secretMounts[0].name: Required value'],
  ])('is refused with %j, and told why', async (spec, why) => {
    expect(await refusal(cluster(spec, 'refused'))).toContain(why);
  });

  it.each([
    [{ mode: 'virtual' }, 'the mode cannot change'],
    [{ serviceCIDR: '10.0.0.0/16' }, 'serviceCIDR cannot change'],
    [{ servers: 3 }, 'servers cannot change'],
    [{ customCAs: { sources: {} } }, 'customCAs cannot change'],
    [{ persistence: { storageRequestSize: '3G' } }, 'the size of the volumes cannot change'],
  ])('keeps what it was made with: not %j', async (spec, why) => {
    expect(await refusal(cluster(spec))).toContain(why);
  });
});

describe('a VirtualClusterPolicy', () => {
  it('holds a quota, limits and defaults', async () => {
    const spec = {
      quota: { hard: { cpu: '10', pods: '20' } },
      limit: { limits: [{ type: 'Container', default: { cpu: '500m' } }] },
      allowedMode: 'shared',
      defaultNodeSelector: { disk: 'ssd' },
      defaultPriorityClass: 'low',
      podSecurityAdmissionLevel: 'baseline',
      sync: { ingresses: { enabled: true } },
    };
    await apply(policy(spec), '--validate=strict');
    expect(await show('vcp/teams', '{.spec}')).toMatchObject(spec);
  });

  it('is refused with a level that there is not', async () => {
    expect(await refusal(policy({ podSecurityAdmissionLevel: 'high' }))).toContain('Unsupported value: "high"');
  });
});
