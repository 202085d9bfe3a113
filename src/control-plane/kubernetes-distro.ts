import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import type { Distro } from './distro.ts';
import { prepareEgress } from './egress.ts';
import { kubeconfigOfFiles } from './kubeconfig.ts';
import { type KubernetesPrograms, startKubernetesChildren } from './kubernetes-children.ts';
import { type KubernetesPki, loadKubernetesPki } from './kubernetes-pki.ts';
import { buildKine, buildKubernetesPrograms, kubernetesVersion } from './kubernetes-programs.ts';
import { newestKubernetes } from './kubernetes-versions.ts';
import { assertSqliteFile } from './sqlite-file.ts';

const databaseFile = 'kine.db';
const renewalCheckMs = 60 * 60 * 1000;

/** Upstream kube-apiserver and kube-controller-manager with kine (SQLite) for etcd, built from pinned Go modules. */
export const kubernetesDistro: Distro = {
  name: 'kubernetes',
  async prepare(options, signal) {
    const minor = options.kubernetesVersion ?? newestKubernetes;
    const version = await kubernetesVersion(minor);
    // One after the other: each keeps all processors busy, and a terminal shows one bar at a time.
    const kine = await buildKine(options, signal);
    const names = ['kube-apiserver', 'kube-controller-manager'] as const;
    const kubernetes = await buildKubernetesPrograms(names, options, signal, minor);
    return {
      version,
      source: `its programs are built from Go modules in ${options.cacheDir}`,
      start: (startSignal) => startKubernetes(version, { kubernetes, kine }, options, startSignal),
    };
  },
};

async function startKubernetes(
  version: string,
  programs: KubernetesPrograms,
  given: ControlPlaneOptions,
  signal: AbortSignal,
): Promise<ControlPlane> {
  const options = { ...given, dataDir: resolve(given.dataDir) };
  const folder = join(options.dataDir, 'control-plane', 'kubernetes');
  const kubeconfigFile = join(options.dataDir, 'pki', 'controller-manager.kubeconfig');
  const server = `https://127.0.0.1:${options.listenPort}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await assertSqliteFile(join(folder, databaseFile));
  let pki = await loadKubernetesPki(options);
  await writeFileAtomically(kubeconfigFile, controllerManagerKubeconfig(server, pki));
  const access = () => ({ server, caPem: pki.ca.certPem, certPem: pki.admin.certPem, keyPem: pki.admin.keyPem });

  const egressFile = join(options.dataDir, 'control-plane', 'egress-selector.yaml');
  const apiServerFlags = options.egress
    ? await prepareEgress(options.egress, { file: egressFile, workingDirectory: folder })
    : {};
  const settings = { ...options, apiServerFlags, programs, folder, databaseFile, kubeconfigFile, pki, access };
  const children = await startKubernetesChildren(settings, signal);
  const life = new AbortController();
  const renewing = renewWhenDue(options, life.signal, (renewed) => {
    pki = renewed;
  });
  let stopped: Promise<void> | undefined;
  const onAbort = () => void stop();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    distro: 'kubernetes',
    version,
    get admin() {
      return access();
    },
    caPem: pki.ca.certPem,
    pids: () => children.pids(),
    failed: children.failed,
    stop,
  };

  function stop(): Promise<void> {
    signal.removeEventListener('abort', onAbort);
    life.abort();
    stopped ??= Promise.all([children.stop(), renewing]).then(() => {});
    return stopped;
  }
}

/** Issues certificates anew while they still have life left. The children read their files again by themselves. */
async function renewWhenDue(
  options: ControlPlaneOptions,
  signal: AbortSignal,
  onRenewed: (pki: KubernetesPki) => void,
): Promise<void> {
  for (;;) {
    await delay(renewalCheckMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      onRenewed(await loadKubernetesPki(options));
    } catch (error) {
      options.log.error({ error }, 'could not renew certificates');
    }
  }
}

function controllerManagerKubeconfig(server: string, { ca, controllerManager }: KubernetesPki): string {
  const { certFile, keyFile } = controllerManager;
  return kubeconfigOfFiles({ server, caFile: ca.certFile, certFile, keyFile });
}
