import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { namesOf } from '../../src/k3k/names.ts';
import { k3vImages } from '../host/k3v-image.ts';
import type { TestHost } from '../host/test-host.ts';
import { applyWith } from './apply.ts';
import { eventually } from './eventually.ts';
import { kubectlFor } from './k3v-process.ts';
import { type Kubectl, waitFlag } from './virtual-cluster.ts';

/** Its nodes do not say which ranges their pods have. */
const podCidr = '10.225.0.0/16';
const root = join(import.meta.dirname, '../..');
const patience = { timeoutMs: 240_000, everyMs: 500 };

/** A real host with the CRDs of the operator, and the controller, which runs beside it as a process. */
export interface K3kRealHost {
  folder: string;
  testHost: TestHost;
  host: Kubectl;
  apply: (...objects: object[]) => Promise<string>;
  create: (where: { namespace: string; name: string; spec: object }) => Promise<string>;
  /** Waits until the Cluster is Ready as it stands now; says what is in the way if it does not become so. */
  untilReady: (namespace: string, name: string) => Promise<void>;
  /** kubectl with what the kubeconfig of the Cluster says now. `server`: another way to its API server; default: the address of its Service, which this machine reaches. */
  tenant: (namespace: string, name: string, server?: string) => Promise<Kubectl>;
  /** Waits until the virtual cluster answers, and returns kubectl for it. */
  answering: (namespace: string, name: string, server?: string) => Promise<Kubectl>;
  stop: () => Promise<void>;
}

export async function startK3kRealHost(startHost: () => Promise<TestHost>): Promise<K3kRealHost> {
  const folder = await mkdtemp(join(tmpdir(), 'k3k-real-'));
  const testHost = await startHost();
  const host = await kubectlFor(testHost.kubeconfig);
  let controller: ReturnType<typeof startController> | undefined;
  const stop = async () => {
    await controller?.end();
    await testHost.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await host('apply', '--server-side', '-f', join(root, 'charts/k3k/templates/crds'));
    await host('wait', 'crd', '--all', '--for=condition=Established', waitFlag);
    controller = startController(testHost.kubeconfig, folder);
  } catch (error) {
    await stop();
    throw error;
  }
  const log = () => controller?.log() ?? '';
  const json = async <T>(...args: string[]) => JSON.parse(await host(...args, '-o', 'json')) as T;

  const tenant: K3kRealHost['tenant'] = async (namespace, name, server) => {
    const names = namesOf(name);
    const secret = await json<{ data: Record<string, string> }>('-n', namespace, 'get', 'secret', names.kubeconfig);
    const kubeconfig = parse(Buffer.from(secret.data['kubeconfig.yaml'] ?? '', 'base64').toString()) as {
      clusters: { cluster: { server: string } }[];
    };
    const address = async () =>
      await host('-n', namespace, 'get', 'service', names.service, '-o', 'jsonpath={.spec.clusterIP}');
    const url = server ?? `https://${await address()}`;
    for (const { cluster } of kubeconfig.clusters) cluster.server = url;
    const file = join(folder, `${namespace}-${name}.yaml`);
    await writeFile(file, stringify(kubeconfig), { mode: 0o600 });
    return await kubectlFor(file);
  };
  const apply = async (...objects: object[]) => await applyWith(host, await mkdtemp(join(folder, 'apply-')), objects);
  return {
    folder,
    testHost,
    host,
    apply,
    create: async ({ namespace, name, spec }) =>
      await apply({ apiVersion: 'k3k.io/v1beta1', kind: 'Cluster', metadata: { name, namespace }, spec }),
    async untilReady(namespace, name) {
      const check = async () => {
        const { metadata, status } = await json<{
          metadata: { generation: number };
          status?: { phase?: string; observedGeneration?: number };
        }>('-n', namespace, 'get', 'clusters.k3k.io', name);
        if (status?.phase === 'Ready' && status.observedGeneration === metadata.generation) return;
        throw new Error(`the Cluster ${namespace}/${name} is not ready: ${JSON.stringify(status)}`);
      };
      try {
        await eventually(check, patience);
      } catch (error) {
        const said = await host('-n', namespace, 'logs', `${namesOf(name).server}-0`, '--tail=30').catch(String);
        const pods = await host('-n', namespace, 'describe', 'pods').catch(String);
        throw new Error(`${String(error)}\n${pods}\n${said}\n${log()}`, { cause: error });
      }
    },
    tenant,
    answering: async (...where) =>
      await eventually(async () => {
        const kubectl = await tenant(...where);
        await kubectl('get', '--raw', '/readyz');
        return kubectl;
      }, patience),
    stop,
  };
}

function startController(kubeconfig: string, cwd: string) {
  const args = [
    'controller',
    '--kubeconfig',
    kubeconfig,
    '--image-pull-policy',
    'Never',
    '--pod-cidr',
    podCidr,
    '--image',
    k3vImages.k3v,
    '--etcd-image',
    k3vImages.etcd,
  ];
  const child: ChildProcess = spawn(process.execPath, [join(root, 'bin/k3v'), ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    log: () => output,
    end: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
