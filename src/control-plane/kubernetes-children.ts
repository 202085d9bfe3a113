import { join } from 'node:path';
import { type ChildOptions, type SupervisedChild, superviseChild } from './child.ts';
import type { ApiAccess, ControlPlaneOptions } from './control-plane.ts';
import { platform } from '../platform/this-platform.ts';
import {
  apiServerArgs,
  apiServerEnvDefaults,
  controllerManagerArgs,
  type Flags,
  leaderElectionFlags,
  trustBundleFlags,
} from './kubernetes-flags.ts';
import type { KubernetesPki } from './kubernetes-pki.ts';
import type { KubernetesStorage } from './kubernetes-storage.ts';
import { untilReadyz, untilServing } from './readyz.ts';

/** Folders that hold the programs. */
export interface KubernetesPrograms {
  kubernetes: string;
  /** Undefined where the storage needs none. */
  kine: string | undefined;
}

export interface KubernetesSettings extends ControlPlaneOptions {
  programs: KubernetesPrograms;
  /** Working directory; holds the database, if it is SQLite. */
  folder: string;
  storage: KubernetesStorage;
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
  /** Resolves when `/readyz` answers ok; rejects when stopped before. */
  readonly ready: Promise<void>;
  readonly failed: Promise<never>;
  /** Ends them, the storage last, so that the API server can finish what it has accepted. */
  stop(): Promise<void>;
}

/**
 * Starts kine, if the storage needs it, and the API server side by side and the controller manager after them; resolves when the API is served. When one of them fails, or
 * `signal` aborts before that, the others are ended and the first error is thrown. Later aborts do nothing.
 */
export async function startKubernetesChildren(
  settings: KubernetesSettings,
  signal: AbortSignal,
): Promise<KubernetesChildren> {
  const { programs, pki, access, storage } = settings;
  const startUp = new AbortController();
  const answering = Promise.withResolvers<void>();
  startUp.signal.addEventListener('abort', () => answering.reject(startUp.signal.reason), { once: true });
  const callOff = () => startUp.abort(signal.reason);
  signal.addEventListener('abort', callOff, { once: true });
  if (signal.aborted) callOff();

  const start = (
    name: string,
    directory: string,
    options: Pick<ChildOptions, 'args' | 'ready'> & Partial<ChildOptions>,
  ) => superviseChild({ ...placesOf(settings, name, directory), ...options }, startUp.signal);
  let isUp = false;
  const startKine = async ({ kine }: KubernetesStorage) =>
    kine &&
    (await start('kine', programs.kine ?? '', {
      ...kine,
      // Ready when the API server is, which checks its storage; if it dies before, the start has failed.
      ready: (readySignal) => (isUp ? untilReadyz(access(), readySignal) : answering.promise),
    }));
  const { flags: storageFlags, ...apiServerStorage } = storage.apiServer;
  const starting = [
    startKine(storage),
    start('kube-apiserver', programs.kubernetes, {
      ...apiServerStorage,
      envDefaults: apiServerEnvDefaults,
      args: apiServerArgs(settings, pki, {
        ...trustBundleFlags.apiServer,
        ...storageFlags,
        ...settings.apiServerFlags,
      }),
      ready: async (readySignal) => {
        await untilServing(access(), readySignal);
        answering.resolve();
      },
    }),
    answering.promise.then(async () => {
      await settings.admit?.(access());
      const args = controllerManagerArgs(settings.kubeconfigFile, pki, {
        ...trustBundleFlags.controllerManager,
        ...(settings.shared ? leaderElectionFlags : {}),
      });
      return await start('kube-controller-manager', programs.kubernetes, { args, ready: async () => {} });
    }),
  ] as const;
  try {
    const [kine, apiServer, controllerManager] = await Promise.all(starting);
    isUp = true;
    const children = {
      ...(kine ? { kine } : {}),
      'kube-apiserver': apiServer,
      'kube-controller-manager': controllerManager,
    };
    const failed = Promise.race(Object.values(children).map((child) => child.failed));
    failed.catch(() => {});
    const life = new AbortController();
    const ready = untilReadyz(access(), life.signal);
    ready.catch(() => {});
    return {
      ready,
      failed,
      pids: () => pidsOf(children),
      async stop() {
        life.abort(new Error('stopping'));
        await Promise.all([controllerManager.stop(), apiServer.stop()]);
        await kine?.stop();
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

function placesOf(settings: KubernetesSettings, name: string, directory: string) {
  const controlPlaneDir = join(settings.dataDir, 'control-plane');
  return {
    name,
    command: join(directory, platform.executableName(name)),
    cwd: settings.folder,
    logFile: join(controlPlaneDir, 'logs', `${name}.log`),
    pidFile: join(controlPlaneDir, 'run', `${name}.pid`),
    onRestart: () => settings.onRestart?.(name),
    log: settings.log,
  };
}

function pidsOf(children: Record<string, SupervisedChild>): Record<string, number> {
  const entries = Object.entries(children).flatMap(([name, child]) => {
    const pid = child.pid();
    return pid === undefined ? [] : [[name, pid] as const];
  });
  return Object.fromEntries(entries);
}
