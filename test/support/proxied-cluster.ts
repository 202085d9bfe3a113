import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type Namespace, resources } from '../../src/kube/types.ts';
import type { KubernetesMinor } from '../../src/kubernetes-minors.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { createTranslator } from '../../src/translate/translator.ts';
import { cacheDir } from '../host/cache-dir.ts';
import type { Sides } from './both-worlds.ts';
import { clientOf } from './client-of.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type HostAccess, createHostAccess } from './host-access.ts';
import { applyHostRole } from './host-role.ts';
import { type K3vProcess, startK3v } from './k3v-process.ts';

/**
 * k3v with the id `default` in the namespace `team` of an embedded host, of which it knows nothing but a fault proxy. It works there as a
 * ServiceAccount that has what `k3v host-role` gives. The test's own clients go past the proxy.
 */
export interface ProxiedCluster extends Sides {
  virtual: StreamingKubeClient;
  proxy: FaultProxy;
  access: HostAccess;
  /** What `k3v host-role` has printed. */
  printed: string;
  /** The process; another one after `restart`. */
  k3v: () => K3vProcess;
  /** Where k3v runs: holds `k3v-data`. */
  folder: string;
  /** Ends k3v and starts it again; the host goes on in between. */
  restart: (between?: () => Promise<void>) => Promise<void>;
  /** Ends the host's control plane and starts it again in another version, with the same data at the same address. k3v goes on. */
  upgradeHost: (version: KubernetesMinor) => Promise<void>;
  stop: () => Promise<void>;
}

const hostNamespace = 'team';

/**
 * Starts one that listens on `port`, without cluster DNS; its proxy listens on `proxyPort`. `extras` are what k3v may do on the host beside what it needs; default: nothing. `flags` are further ones of k3v.
 */
export async function startProxiedCluster({
  port,
  proxyPort,
  hostVersion,
  extras = [],
  flags: more = [],
}: {
  port: number;
  proxyPort: number;
  hostVersion?: KubernetesMinor;
  extras?: string[];
  flags?: string[];
}): Promise<ProxiedCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-proxied-'));
  const closers: (() => Promise<unknown>)[] = [async () => await rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const startHost = async (version?: KubernetesMinor): Promise<EmbeddedHost> =>
    await startEmbeddedHost(
      {
        dataDir: folder,
        cacheDir: cacheDir(),
        log: silentLog,
        progress: silentProgress,
        ...(version ? { kubernetesVersion: version } : {}),
      },
      new AbortController().signal,
    );
  const client = (kubeconfig: string): StreamingKubeClient => {
    const made = clientOf(kubeconfig);
    closers.push(async () => made.close());
    return made;
  };
  try {
    let embedded = await startHost(hostVersion);
    closers.push(async () => await embedded.stop());
    const host = client(embedded.kubeconfigPath);
    await host.create<Namespace>(resources.namespaces, { metadata: { name: hostNamespace } });
    const role = { hostKubeconfig: embedded.kubeconfigPath, namespace: hostNamespace, folder, extras };
    const { printed } = await applyHostRole(role);
    const pki = join(folder, 'embedded-host', 'pki');
    const proxy = await startFaultProxy({ server: host.server, pki, port: proxyPort });
    closers.push(async () => await proxy.stop());
    const access = createHostAccess({ folder, host, namespace: hostNamespace, proxy });
    await access.renew('token file');
    const flags = ['--kubeconfig', access.kubeconfig, '--listen-port', String(port), '--disable', 'coredns', ...more];
    let k3v = await startK3v(folder, flags);
    closers.push(async () => await k3v.end('SIGTERM'));
    return {
      translator: createTranslator({ id: 'default', hostNamespace }),
      virtual: client(k3v.kubeconfig),
      host,
      proxy,
      access,
      printed,
      k3v: () => k3v,
      folder,
      restart: async (between = async () => undefined) => {
        await k3v.end('SIGTERM');
        await between();
        k3v = await startK3v(folder, flags);
      },
      upgradeHost: async (version) => {
        await embedded.stop();
        embedded = await startHost(version);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
