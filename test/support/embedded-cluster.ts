import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { loadKubeconfig } from '../../src/host/load-kubeconfig.ts';
import { clientFromKubeConfig } from '../../src/kube/client-from-kubeconfig.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type Namespace, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { createTranslator, type Translator } from '../../src/translate/translator.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { type K3vProcess, startK3v } from './k3v-process.ts';

/** k3v with the id `default` in the namespace `team` of an embedded host: real API servers and controllers, simulated pods. */
export interface EmbeddedCluster {
  translator: Translator;
  virtual: StreamingKubeClient;
  host: StreamingKubeClient;
  /** The process; another one after `restart`. */
  k3v: () => K3vProcess;
  /** Ends k3v and starts it again; the host goes on in between. */
  restart: (between: () => Promise<void>) => Promise<void>;
  stop: () => Promise<void>;
}

const hostNamespace = 'team';

/** Starts one that listens on `port`, without cluster DNS. */
export async function startEmbeddedCluster(port: number): Promise<EmbeddedCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-worlds-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const embedded = await startEmbeddedHost({ ...environment, dataDir: folder }, new AbortController().signal);
  const host = clientOf(embedded.kubeconfigPath);
  const where = ['--kubeconfig', embedded.kubeconfigPath, '--namespace', hostNamespace];
  const start = async () => await startK3v(folder, [...where, '--listen-port', String(port), '--disable', 'coredns']);
  let k3v: K3vProcess | undefined;
  const stop = async () => {
    await k3v?.end('SIGTERM');
    host.close();
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await host.create<Namespace>(resources.namespaces, { metadata: { name: hostNamespace } });
    const first = (k3v = await start());
    const virtual = clientOf(first.kubeconfig);
    return {
      translator: createTranslator({ id: 'default', hostNamespace }),
      virtual,
      host,
      k3v: () => k3v ?? first,
      restart: async (between) => {
        await k3v?.end('SIGTERM');
        await between();
        k3v = await start();
      },
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

function clientOf(kubeconfig: string): StreamingKubeClient {
  const loaded = loadKubeconfig({ kubeconfig, context: undefined, env: {} });
  if (!loaded) throw new Error(`no kubeconfig at ${kubeconfig}`);
  return clientFromKubeConfig(loaded.config);
}
