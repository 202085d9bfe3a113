import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { identifyProcess } from '../../src/control-plane/process-identity.ts';
import { silentLog } from '../../src/log.ts';
import { type Progress, silentProgress } from '../../src/progress.ts';
import { cacheDir } from './cache-dir.ts';
import { copyImageStore, importImages } from './image-store.ts';
import { makeSystemImages, makeTestImages } from './images.ts';
import { writeKeys } from './keys.ts';
import { type HostName, type HostNetwork, hostNetworks, machineAddress, nodeAddress, nodeName } from './networks.ts';
import { writeNodeFiles } from './node-files.ts';
import { buildHostModule, buildHostPrograms, type HostPrograms } from './programs.ts';
import type { TestHost } from './test-host.ts';
import { isUp, processFile, removeHost } from './remains.ts';

const patienceMs = 180_000;

export interface RealHostOptions {
  name: HostName;
  /** Default: 1. */
  nodes?: number;
  /** Whether it lives on when this process ends. Default: false. */
  stays?: boolean;
  /** Up to this size a container's log is kept in one piece, which is all that `kubectl logs` shows. Default: 10, kubelet's own. */
  logMegabytes?: number;
  /** Whether NetworkPolicies are enforced, as on hosts whose network plugin does. Default: false. */
  networkPolicies?: boolean;
  /** Makes the archives of further images in the folder that it is given; of two with the same name its own wins. */
  moreImages?: (programs: HostPrograms, folder: string) => Promise<string[]>;
  progress?: Progress;
}

/** Folder of everything the host `name` has. */
export function hostFolder(name: HostName): string {
  return join(cacheDir(), 'real-host', name);
}

/**
 * Starts a real Kubernetes cluster on this machine, in namespaces of its own: kubelet, containerd, runc, CNI, kube-proxy, CoreDNS and a
 * storage provisioner, built from Go modules. Resolves when pods can be made. See `realHostUnavailable` for what it needs.
 * What an earlier one of the same name left behind is removed; rejects if that one still runs.
 */
export async function startRealHost(options: RealHostOptions): Promise<TestHost> {
  const { name, nodes = 1, stays = false, logMegabytes = 10, networkPolicies = false, moreImages } = options;
  const { progress = silentProgress } = options;
  const folder = hostFolder(name);
  const network = hostNetworks[name];
  if (await isUp(folder)) throw new Error(`the host '${name}' runs already: 'npm run host:down' ends that of host:up`);
  await removeHost(folder, network.interface);
  const environment = { cacheDir: cacheDir(), log: silentLog, progress };
  const { signal } = new AbortController();
  const programs = await buildHostPrograms(environment, signal);
  const enforcer = networkPolicies
    ? (await buildHostModule('network-policies', environment, signal))('network-policies')
    : undefined;
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  const stop = () => removeHost(folder, network.interface);
  try {
    const step = progress.step('starting the real host');
    await layFiles({ folder, network, nodes, programs, enforcer, logMegabytes, moreImages });
    await startBox({ folder, network, nodes, stays, networkPolicies });
    const kubectl = async (...args: string[]) => await execa(programs.kubectl, ['--kubeconfig', kubeconfig, ...args]);
    await untilDone('the API server answers', folder, () => kubectl('get', '--raw', '/readyz'));
    const addons = await readFile(join(import.meta.dirname, 'addons.yaml'), 'utf8');
    await untilDone('the add-ons are there', folder, () =>
      execa(programs.kubectl, ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], {
        input: addons.replaceAll('@SERVICES@', network.services),
      }),
    );
    await untilDone('all nodes are known', folder, async () => {
      const { stdout } = await kubectl('get', 'nodes', '-o', 'name');
      if (stdout.split('\n').filter(Boolean).length < nodes) throw new Error(`nodes: ${stdout}`);
    });
    await untilDone('the nodes are ready', folder, () =>
      kubectl('wait', 'node', '--all', '--for=condition=Ready', '--timeout=5s'),
    );
    await untilDone('the add-ons run', folder, async () => {
      await kubectl('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=30s');
      await kubectl('-n', 'local-path-storage', 'rollout', 'status', 'deployment', '--timeout=30s');
      await kubectl('-n', 'default', 'get', 'serviceaccount', 'default');
    });
    step.done(`${nodes} node(s)`);
    return { kubeconfig, machineAddress: machineAddress(network), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Layout {
  folder: string;
  network: HostNetwork;
  nodes: number;
  programs: HostPrograms;
  /** Program that enforces NetworkPolicies on a node; undefined: none does. */
  enforcer: string | undefined;
  logMegabytes: number;
  moreImages: RealHostOptions['moreImages'];
}

async function layFiles({
  folder,
  network,
  nodes,
  programs,
  enforcer,
  logMegabytes,
  moreImages,
}: Layout): Promise<void> {
  const imageFolder = join(cacheDir(), 'real-host', 'images');
  const archives = [
    ...(await makeSystemImages(programs, imageFolder)),
    ...(await makeTestImages(programs, imageFolder)),
  ];
  const more = (await moreImages?.(programs, imageFolder)) ?? [];
  const store = await importImages(archives, more, programs, imageFolder);
  const keys = join(folder, 'keys');
  await mkdir(folder, { recursive: true });
  await writeKeys(keys, network, nodes);
  await writeFile(join(folder, 'kubeconfig.yaml'), await readFile(join(keys, 'admin.kubeconfig')), { mode: 0o600 });
  for (let index = 1; index <= nodes; index++) {
    const node = join(folder, nodeName(index));
    await writeNodeFiles({ index, folder: node, keys, network, programs, enforcer, logMegabytes });
    await copyImageStore(store, join(node, 'containerd'));
  }
}

/** Starts the box and lays the cable from this machine into it, with the routes to pods and Services. */
async function startBox(
  host: Pick<Layout, 'folder' | 'network' | 'nodes'> & { stays: boolean; networkPolicies: boolean },
): Promise<void> {
  const { folder, network, nodes, stays, networkPolicies } = host;
  const box = join(import.meta.dirname, 'box');
  const namespaces = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const logFile = join(folder, 'box.log');
  const log = await open(logFile, 'w');
  const child = spawn('unshare', [...namespaces, '--', 'bash', join(box, 'cluster.sh')], {
    detached: true,
    stdio: [stays ? 'ignore' : 'pipe', log.fd, log.fd],
    env: {
      ...process.env,
      STATE: folder,
      BOX: box,
      NODES: String(nodes),
      NODE_NET: network.nodes,
      POD_NET: network.pods,
      SERVICE_NET: network.services,
      CGROUP: network.interface,
      STAYS: stays ? '1' : '0',
      NETWORK_POLICIES: networkPolicies ? '1' : '0',
    },
  });
  await log.close();
  const { pid = 0 } = child;
  await writeFile(join(folder, processFile), JSON.stringify(await identifyProcess(pid)));
  child.unref();
  await untilDone('the box is ready', folder, () => access(join(folder, 'ready')));
  const first = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  const cable = network.interface;
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'cable', 'netns', first);
  await execa('nsenter', ['-t', first, '-n', 'ip', 'link', 'set', 'cable', 'master', 'switch', 'up']);
  await ip('addr', 'add', `${machineAddress(network)}/24`, 'dev', cable);
  await ip('link', 'set', cable, 'up');
  for (let index = 1; index <= nodes; index++) {
    await ip('route', 'add', `${network.pods}.${index}.0/24`, 'via', nodeAddress(network, index));
  }
  await ip('route', 'add', `${network.services}.0.0/16`, 'via', nodeAddress(network, 1));
}

async function ip(...args: string[]): Promise<void> {
  await execa('ip', args, { stdin: 'ignore' });
}

/** Tries until it works; after three minutes rejects with the last reason; logs lie in the nodes' folders. */
async function untilDone(what: string, folder: string, attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}: ${why}`, { cause: error });
      if (!(await isUp(folder))) {
        const log = await readFile(join(folder, 'box.log'), 'utf8');
        throw new Error(`the box ended: ${why}\n${log}`, { cause: error });
      }
    }
    await delay(100);
  }
}
