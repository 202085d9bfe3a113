import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { type ChildOptions, type SupervisedChild, superviseChild } from './child.ts';
import type { ApiAccess, ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import type { Distro } from './distro.ts';
import { executableName } from './go-build.ts';
import { kubeconfigOfFiles } from './kubeconfig.ts';
import { apiServerArgs, controllerManagerArgs, kineArgs } from './kubernetes-flags.ts';
import { type KubernetesPki, loadKubernetesPki } from './kubernetes-pki.ts';
import { buildKine, buildKubernetesPrograms, kubernetesVersion } from './kubernetes-programs.ts';
import { untilReadyz } from './readyz.ts';
import { assertSqliteFile } from './sqlite-file.ts';

/** Folders that hold the programs. */
interface Programs {
  kubernetes: string;
  kine: string;
}

const databaseFile = 'kine.db';
const renewalCheckMs = 60 * 60 * 1000;

/** Upstream kube-apiserver and kube-controller-manager with kine (SQLite) for etcd, built from pinned Go modules. */
export const kubernetesDistro: Distro = {
  name: 'kubernetes',
  async prepare(options, signal) {
    const [version, kubernetes, kine] = await Promise.all([
      kubernetesVersion(),
      buildKubernetesPrograms(['kube-apiserver', 'kube-controller-manager'], options, signal),
      buildKine(options, signal),
    ]);
    return {
      version,
      source: `its programs are built from Go modules in ${options.cacheDir}`,
      start: (startSignal) => startKubernetes(version, { kubernetes, kine }, options, startSignal),
    };
  },
};

async function startKubernetes(
  version: string,
  programs: Programs,
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
  await writeFileAtomically(kubeconfigFile, kubeconfigFor(server, pki));

  const life = new AbortController();
  const ending = AbortSignal.any([signal, life.signal]);
  const start = (name: string, directory: string, args: string[], ready: ChildOptions['ready']) =>
    superviseChild(
      {
        name,
        command: join(directory, executableName(name)),
        args,
        cwd: folder,
        logFile: join(options.dataDir, 'control-plane', 'logs', `${name}.log`),
        pidFile: join(options.dataDir, 'control-plane', 'run', `${name}.pid`),
        log: options.log,
        ready,
      },
      ending,
    );

  let isUp = false;
  const answering = Promise.withResolvers<void>();
  ending.addEventListener('abort', () => answering.reject(ending.reason), { once: true });
  const starting = [
    // Ready when the API server is, which checks its storage; if it dies before, the start has failed.
    start('kine', programs.kine, kineArgs(databaseFile), (readySignal) =>
      isUp ? untilReadyz(accessOf(server, pki), readySignal) : answering.promise,
    ),
    start('kube-apiserver', programs.kubernetes, apiServerArgs(options, pki), async (readySignal) => {
      await untilReadyz(accessOf(server, pki), readySignal);
      answering.resolve();
    }),
    answering.promise.then(() =>
      start('kube-controller-manager', programs.kubernetes, controllerManagerArgs(kubeconfigFile, pki), async () => {}),
    ),
  ] as const;
  const [kine, apiServer, controllerManager] = await Promise.all(starting).catch(async (error: unknown) => {
    life.abort();
    await Promise.all(starting.map(async (child) => (await child.catch(() => undefined))?.stop()));
    throw error;
  });

  isUp = true;
  const renewing = renewWhenDue(options, ending, (renewed) => {
    pki = renewed;
  });
  const failed = Promise.race([kine.failed, apiServer.failed, controllerManager.failed]);
  failed.catch(() => {});
  return {
    distro: 'kubernetes',
    version,
    get admin() {
      return accessOf(server, pki);
    },
    caPem: pki.ca.certPem,
    pids: () => pidsOf({ kine, 'kube-apiserver': apiServer, 'kube-controller-manager': controllerManager }),
    failed,
    async stop() {
      // The storage goes last, so that the API server can finish what it has accepted.
      await Promise.all([controllerManager.stop(), apiServer.stop()]);
      await kine.stop();
      life.abort();
      await renewing;
    },
  };
}

/** Issues certificates anew while they still have life left. The children read their files again by themselves. */
async function renewWhenDue(
  options: ControlPlaneOptions,
  signal: AbortSignal,
  onRenewed: (pki: KubernetesPki) => void,
): Promise<void> {
  while (!signal.aborted) {
    await delay(renewalCheckMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      onRenewed(await loadKubernetesPki(options));
    } catch (error) {
      options.log.error({ error }, 'could not renew certificates');
    }
  }
}

function accessOf(server: string, pki: KubernetesPki): ApiAccess {
  return { server, caPem: pki.ca.certPem, certPem: pki.admin.certPem, keyPem: pki.admin.keyPem };
}

function kubeconfigFor(server: string, { ca, controllerManager }: KubernetesPki): string {
  const { certFile, keyFile } = controllerManager;
  return kubeconfigOfFiles({ server, caFile: ca.certFile, certFile, keyFile });
}

function pidsOf(children: Record<string, SupervisedChild>): Record<string, number> {
  const entries = Object.entries(children).flatMap(([name, child]) => {
    const pid = child.pid();
    return pid === undefined ? [] : [[name, pid] as const];
  });
  return Object.fromEntries(entries);
}
