import { join } from 'node:path';
import { type ChildOptions, type SupervisedChild, superviseChild } from './child.ts';
import type { ApiAccess, ControlPlaneOptions } from './control-plane.ts';
import { executableName } from './go-build.ts';
import { apiServerArgs, controllerManagerArgs, type Flags, kineArgs, trustBundleFlags } from './kubernetes-flags.ts';
import type { KubernetesPki } from './kubernetes-pki.ts';
import { untilReadyz } from './readyz.ts';

/** Folders that hold the programs. */
export interface KubernetesPrograms {
  kubernetes: string;
  kine: string;
}

export interface KubernetesSettings extends ControlPlaneOptions {
  programs: KubernetesPrograms;
  /** Working directory; holds the database. */
  folder: string;
  databaseFile: string;
  /** For the controller manager. */
  kubeconfigFile: string;
  pki: KubernetesPki;
  /** Further flags of the API server. */
  apiServerFlags: Flags;
  /** Returns the administrator's access of this moment. */
  access: () => ApiAccess;
}

/** The running children by name. */
export interface KubernetesChildren {
  pids(): Record<string, number>;
  readonly failed: Promise<never>;
  /** Ends them, the storage last, so that the API server can finish what it has accepted. */
  stop(): Promise<void>;
}

/**
 * Starts kine and the API server side by side and the controller manager after them; resolves when `/readyz` answers ok. When one of them fails, or
 * `signal` aborts before that, the others are ended and the first error is thrown. Later aborts do nothing.
 */
export async function startKubernetesChildren(
  settings: KubernetesSettings,
  signal: AbortSignal,
): Promise<KubernetesChildren> {
  const { programs, pki, access } = settings;
  const startUp = new AbortController();
  const answering = Promise.withResolvers<void>();
  startUp.signal.addEventListener('abort', () => answering.reject(startUp.signal.reason), { once: true });
  const callOff = () => startUp.abort(signal.reason);
  signal.addEventListener('abort', callOff, { once: true });
  if (signal.aborted) callOff();

  const start = (name: string, directory: string, args: string[], ready: ChildOptions['ready']) =>
    superviseChild(childOptions(settings, name, directory, args, ready), startUp.signal);
  let isUp = false;
  const starting = [
    // Ready when the API server is, which checks its storage; if it dies before, the start has failed.
    start('kine', programs.kine, kineArgs(settings.databaseFile), (readySignal) =>
      isUp ? untilReadyz(access(), readySignal) : answering.promise,
    ),
    start(
      'kube-apiserver',
      programs.kubernetes,
      apiServerArgs(settings, pki, { ...trustBundleFlags.apiServer, ...settings.apiServerFlags }),
      async (readySignal) => {
        await untilReadyz(access(), readySignal);
        answering.resolve();
      },
    ),
    answering.promise.then(() => {
      const args = controllerManagerArgs(settings.kubeconfigFile, pki, trustBundleFlags.controllerManager);
      return start('kube-controller-manager', programs.kubernetes, args, async () => {});
    }),
  ] as const;
  try {
    const [kine, apiServer, controllerManager] = await Promise.all(starting);
    isUp = true;
    const failed = Promise.race([kine.failed, apiServer.failed, controllerManager.failed]);
    failed.catch(() => {});
    return {
      failed,
      pids: () => pidsOf({ kine, 'kube-apiserver': apiServer, 'kube-controller-manager': controllerManager }),
      async stop() {
        await Promise.all([controllerManager.stop(), apiServer.stop()]);
        await kine.stop();
      },
    };
  } catch (error) {
    startUp.abort(error);
    await Promise.all(starting.map(async (child) => (await child.catch(() => undefined))?.stop()));
    throw error;
  } finally {
    signal.removeEventListener('abort', callOff);
  }
}

function childOptions(
  settings: KubernetesSettings,
  name: string,
  directory: string,
  args: string[],
  ready: ChildOptions['ready'],
): ChildOptions {
  const controlPlaneDir = join(settings.dataDir, 'control-plane');
  return {
    name,
    command: join(directory, executableName(name)),
    args,
    cwd: settings.folder,
    logFile: join(controlPlaneDir, 'logs', `${name}.log`),
    pidFile: join(controlPlaneDir, 'run', `${name}.pid`),
    log: settings.log,
    ready,
  };
}

function pidsOf(children: Record<string, SupervisedChild>): Record<string, number> {
  const entries = Object.entries(children).flatMap(([name, child]) => {
    const pid = child.pid();
    return pid === undefined ? [] : [[name, pid] as const];
  });
  return Object.fromEntries(entries);
}
