import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { ifFound } from '../../src/kube/errors.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type Lease, type Namespace, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { createTranslator, type Translator } from '../../src/translate/translator.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from './client-of.ts';
import type { StartDatastore } from './describe-on-datastores.ts';
import { eventually } from './eventually.ts';
import { failoverClient } from './failover-client.ts';
import { applyHostRole } from './host-role.ts';
import { type K3vProcess, startK3v } from './k3v-process.ts';

/** One k3v of several. */
export interface RunningReplica {
  /** Where it runs: holds `k3v-data`. */
  folder: string;
  listenPort: number;
  /** Where pods are told to find its API server; nobody dials it. */
  advertised: string;
  identity: string;
  /** Of its own API server. */
  client: StreamingKubeClient;
  /** The process; another one after `start`. */
  k3v: () => K3vProcess;
  start: () => Promise<void>;
}

/** Several k3v on one datastore, with the id `default` in the namespace `team` of an embedded host. They have there what `k3v host-role` gives, and read its nodes. */
export interface ReplicaSet {
  replicas: RunningReplica[];
  /** Arguments and environment of one more. */
  argsFor: (listenPort: number) => { args: string[]; env: Record<string, string> };
  /** A folder for one more. */
  newFolder: (name: string) => Promise<string>;
  /** Starts one more, which ends with the others. */
  startOne: (folder: string, args: string[], env: Record<string, string>) => Promise<void>;
  translator: Translator;
  /** Of any API server that answers. */
  virtual: StreamingKubeClient;
  host: StreamingKubeClient;
  /** The Lease of whoever leads; by the API server of `asked`. */
  lease: (asked?: StreamingKubeClient) => Promise<Lease>;
  /** Waits until one leads whose Lease is not as old as `before`. */
  leader: () => Promise<{ leading: RunningReplica; following: RunningReplica[] }>;
  stop: () => Promise<void>;
}

const namespace = 'team';
const patience = { timeoutMs: 120_000, everyMs: 100 };

/** Starts `count` replicas, which listen on `port` + 2 and every second one from there; the datastore listens on `port` and, if it is etcd, the one after. */
export async function startReplicaSet(
  port: number,
  { count, startDatastore }: { count: number; startDatastore: StartDatastore },
): Promise<ReplicaSet> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-replicas-'));
  const closers: (() => Promise<unknown> | void)[] = [async () => await rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    const { env, remove } = await startDatastore(port);
    closers.push(remove);
    const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
    const embedded = await startEmbeddedHost({ ...environment, dataDir: folder }, new AbortController().signal);
    closers.push(() => embedded.stop());
    const host = clientOf(embedded.kubeconfigPath);
    closers.push(() => host.close());
    await host.create<Namespace>(resources.namespaces, { metadata: { name: namespace } });
    // So that there is a node to dial before any pod runs.
    const role = { hostKubeconfig: embedded.kubeconfigPath, namespace, folder, extras: ['nodes'] };
    const { kubeconfig } = await applyHostRole(role);

    const argsFor = (listenPort: number) => {
      const where = ['--kubeconfig', kubeconfig, '--namespace', namespace, '--disable', 'coredns'];
      return { args: [...where, '--listen-port', `${listenPort}`, '--replicas', `${count}`], env };
    };
    const newFolder = async (name: string) => {
      const made = join(folder, name);
      await mkdir(made, { recursive: true });
      return made;
    };
    const one = async (index: number): Promise<RunningReplica> => {
      const [listenPort, advertised] = [port + 2 + 2 * index, `192.0.2.${index + 1}`];
      const at = await newFolder(`replica-${index}`);
      const { args } = argsFor(listenPort);
      const onOutput = (text: string) => appendFileSync(join(at, 'k3v.log'), text);
      const run = async () => await startK3v(at, [...args, '--advertise-address', advertised], { env, onOutput });
      let k3v = await run();
      closers.push(async () => await k3v.end('SIGTERM'));
      const client = clientOf(k3v.kubeconfig);
      closers.push(() => client.close());
      const status: unknown = JSON.parse(await readFile(join(at, 'k3v-data/status.json'), 'utf8'));
      const identity = String(Reflect.get(Object(Reflect.get(Object(status), 'replica')), 'identity'));
      const start = async () => void (k3v = await run());
      return { folder: at, listenPort, advertised, identity, client, k3v: () => k3v, start };
    };
    const replicas: RunningReplica[] = [];
    for (let index = 0; index < count; index++) replicas.push(await one(index));
    const virtual = failoverClient(replicas.map(({ client }) => client));
    const lease = async (asked: StreamingKubeClient = virtual) =>
      await asked.get<Lease>({ resource: resources.leases, namespace: 'kube-system', name: 'k3v-syncer' });
    return {
      replicas,
      argsFor,
      newFolder,
      async startOne(at, args, more) {
        const k3v = await startK3v(at, args, { env: more });
        closers.push(async () => await k3v.end('SIGTERM'));
      },
      translator: createTranslator({ id: 'default', hostNamespace: namespace }),
      virtual,
      host,
      lease,
      leader: async () =>
        await eventually(async () => {
          const holder = (await ifFound(lease()))?.spec?.holderIdentity;
          const leading = replicas.find(({ identity }) => identity === holder);
          if (!leading) throw new Error(`the leader is ${holder ?? 'nobody'}`);
          return { leading, following: replicas.filter((each) => each !== leading) };
        }, patience),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
