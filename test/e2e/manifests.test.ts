import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { showStatus } from '../../src/cli/show-status.ts';
import { readStatus } from '../../src/cli/status.ts';
import { type ConfigMap, resources } from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor, runK3v } from '../support/k3v-process.ts';

const patient = { timeoutMs: 90_000, everyMs: 250 };
let folder: string;
let cluster: EmbeddedCluster;
let kubectl: (...args: string[]) => Promise<string>;

const file = async (name: string, text: string) => await writeFile(join(folder, name), text);
const status = () => readStatus(join(cluster.folder, 'k3v-data'));
const settings = (colour: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: app }
data: { colour: ${colour} }
`;
const inApp = { resource: resources.configMaps, namespace: 'app', name: 'settings' };
const allInPlace = async (total: number) =>
  await eventually(() => expect(status().manifests).toEqual({ total, waiting: {} }), patient);

/** An application with a kind of its own: what needs another thing comes before that. */
const application = `
apiVersion: example.com/v1
kind: Widget
metadata: { name: first, namespace: app }
spec: { size: 3 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: nginx }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: app }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, kind: Widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-manifests-'));
  await file('app.yaml', application);
  await file('settings.yaml', settings('grey'));
  cluster = await startEmbeddedCluster(27_587, { flags: ['--manifests', folder] });
  kubectl = await kubectlFor(cluster.k3v().kubeconfig);
});

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('brings an application with its kinds into the virtual cluster, in whatever order it is written', async () => {
  await allInPlace(5);
  expect(await kubectl('-n', 'app', 'get', 'widget', 'first', '-o', 'jsonpath={.spec.size}')).toBe('3');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
  expect(showStatus(status())).toContain('  manifests   all 5 in place\n');
});

it('writes nothing when it starts again, and leaves what the tenant has added', async () => {
  await cluster.virtual.patch(inApp, 'merge', { data: { shape: 'round' } });
  const versions = async () => {
    const kinds = ['namespace/app', 'crd/widgets.example.com', 'widget/first', 'configmap/settings'];
    const path = 'jsonpath={.metadata.resourceVersion}';
    return await Promise.all(kinds.map(async (each) => await kubectl('-n', 'app', 'get', each, '-o', path)));
  };
  const before = await versions();
  await cluster.restart(async () => undefined);
  await allInPlace(5);
  expect(await versions()).toEqual(before);
  await file('settings.yaml', settings('blue'));
  await eventually(
    async () => expect((await cluster.virtual.get<ConfigMap>(inApp)).data).toEqual({ colour: 'blue', shape: 'round' }),
    patient,
  );
});

it('says what is refused and why, while all else goes on', async () => {
  const service = (port: number) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: ${port} }] }\n`;
  await file('service.yaml', service(99_999));
  await file('settings.yaml', settings('green'));
  await eventually(async () => {
    expect((await cluster.virtual.get<ConfigMap>(inApp)).data).toMatchObject({ colour: 'green' });
    expect(status().manifests?.waiting).toEqual({
      'Service web': expect.stringContaining('must be between 1 and 65535') as unknown,
    });
  }, patient);
  expect(showStatus(status())).toMatch(/ {2}manifests {3}1 of 6 wait\n {4}Service web: .*65535/);
  await file('service.yaml', service(80));
  await allInPlace(6);
});

it('goes on with what it had while a file is broken, and does not start with it', async () => {
  await file('broken.yaml', 'kind: [');
  await eventually(
    () => expect(status().manifests?.broken).toContain('broken.yaml of --manifests is not YAML'),
    patient,
  );
  expect(status().manifests).toMatchObject({ total: 6, waiting: {} });
  const other = await mkdtemp(join(tmpdir(), 'k3v-broken-'));
  const failed = await runK3v(other, ['--kubeconfig', cluster.adminKubeconfig, '--manifests', folder]);
  await rm(other, { recursive: true });
  expect(failed.stderr).toContain('MANIFEST_BROKEN');
  await rm(join(folder, 'broken.yaml'));
  await allInPlace(6);
});

it('leaves in the cluster what leaves the files', async () => {
  await rm(join(folder, 'service.yaml'));
  await allInPlace(5);
  expect(await kubectl('get', 'service', 'web', '-o', 'name')).toBe('service/web');
});
