import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostPace } from '../../src/embedded-host/host-flags.ts';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type Namespace, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { createTranslator, type Translator } from '../../src/translate/translator.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from './client-of.ts';
import { applyHostRole } from './host-role.ts';
import { type K3vProcess, type StartOptions, startK3v } from './k3v-process.ts';
import { patientClient } from './patient-client.ts';

/** k3v with the id `default` in the namespace `team` of an embedded host: real API servers and controllers, simulated pods. It has there what `k3v host-role` gives. */
export interface EmbeddedCluster {
  translator: Translator;
  virtual: StreamingKubeClient;
  host: StreamingKubeClient;
  /** The process; another one after `restart`. */
  k3v: () => K3vProcess;
  /** Where k3v runs: holds `k3v-data`. */
  folder: string;
  /** Of the host's admin. */
  adminKubeconfig: string;
  /** What k3v is started with. */
  args: string[];
  /** Ends k3v and starts it again; the host goes on in between. */
  restart: (between: () => Promise<void>) => Promise<void>;
  /** Starts k3v after it has ended in another way. */
  start: (options?: StartOptions) => Promise<K3vProcess>;
  /** Gives k3v its rights on the host anew, and a token, which it finds where it found the last one. */
  grant: () => Promise<void>;
  stop: () => Promise<void>;
}

const hostNamespace = 'team';

/**
 * Starts one that listens on `port`, without cluster DNS. `at` is the folder that k3v runs in; default: one that is removed at the end. `extras` are what k3v may do on the host
 * beside what it needs; default: nothing. `flags` are further ones of k3v, `program` is the script that starts it; default: that of the source tree. `nodes` is how many the host has, each for 110 pods; `pace` is that of its
 * controllers.
 */
export async function startEmbeddedCluster(
  port: number,
  {
    at,
    extras = [],
    flags = [],
    nodes = 3,
    pace,
    program,
  }: {
    at?: string;
    extras?: string[];
    flags?: string[];
    nodes?: number;
    pace?: HostPace | undefined;
    program?: string;
  } = {},
): Promise<EmbeddedCluster> {
  const hostFolder = await mkdtemp(join(tmpdir(), 'k3v-worlds-'));
  const folder = at ?? hostFolder;
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const embedded = await startEmbeddedHost(
    { ...environment, dataDir: hostFolder, nodes, ...(pace === undefined ? {} : { pace }) },
    new AbortController().signal,
  );
  const host = patientClient(clientOf(embedded.kubeconfigPath));
  let k3v: K3vProcess | undefined;
  const args = ['--namespace', hostNamespace, '--listen-port', String(port), '--disable', 'coredns', ...flags];
  const role = { hostKubeconfig: embedded.kubeconfigPath, namespace: hostNamespace, folder: hostFolder, extras };
  const start = async (options?: StartOptions) => (k3v = await startK3v(folder, args, { program, ...options }));
  const stop = async () => {
    await k3v?.end('SIGTERM');
    host.close();
    await embedded.stop();
    await rm(hostFolder, { recursive: true, force: true });
  };
  try {
    await host.create<Namespace>(resources.namespaces, { metadata: { name: hostNamespace } });
    args.unshift('--kubeconfig', (await applyHostRole(role)).kubeconfig);
    const first = await start();
    const virtual = clientOf(first.kubeconfig);
    return {
      translator: createTranslator({ id: 'default', hostNamespace }),
      virtual,
      host,
      folder,
      adminKubeconfig: embedded.kubeconfigPath,
      args,
      start,
      k3v: () => k3v ?? first,
      restart: async (between) => {
        await k3v?.end('SIGTERM');
        await between();
        await start();
      },
      grant: async () => void (await applyHostRole(role)),
      stop: async () => {
        virtual.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
