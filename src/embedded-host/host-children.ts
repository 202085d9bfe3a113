import { join } from 'node:path';
import { type ChildOptions, type SupervisedChild, superviseChild } from '../control-plane/child.ts';
import type { ApiAccess } from '../control-plane/control-plane.ts';
import { kineArgs } from '../control-plane/kubernetes-flags.ts';
import { untilReadyz } from '../control-plane/readyz.ts';
import type { Logger } from '../log.ts';
import type { HostFiles } from './host-files.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Pod, resources } from '../kube/types.ts';
import {
  hostApiServerArgs,
  hostControllerManagerArgs,
  type HostPace,
  hostSchedulerArgs,
  kwokArgs,
} from './host-flags.ts';
import type { HostPrograms } from './host-programs.ts';
import { podRangeBeside } from './pod-range.ts';

/** Of the embedded host's database, relative to its folder. */
export const databaseFile = 'kine.db';

export interface HostChildrenOptions {
  programs: HostPrograms;
  files: HostFiles;
  ports: { apiServer: number; kwok: number };
  /** Access to the API server that is about to start. */
  access: ApiAccess;
  client: KubeClient;
  pace: HostPace;
  folder: string;
  log: Logger;
}

/** The five programs of a running host. */
export interface HostChildren {
  /** Never resolves; rejects when one of them cannot be kept alive. */
  failed: Promise<never>;
  stop: () => Promise<void>;
}

/** Starts the programs; resolves when the API server is ready and the others have been started. All end with `signal`. */
export async function startHostChildren(options: HostChildrenOptions, signal: AbortSignal): Promise<HostChildren> {
  const { programs, files, ports, access, client, pace, folder, log } = options;
  const life = new AbortController();
  const ending = AbortSignal.any([signal, life.signal]);
  const start = (name: string, command: string, args: string[], ready: ChildOptions['ready'] = async () => {}) =>
    superviseChild(
      {
        name: `host/${name}`,
        command,
        args,
        cwd: folder,
        logFile: join(folder, 'logs', `${name}.log`),
        pidFile: join(folder, 'run', `${name}.pid`),
        log,
        ready,
      },
      ending,
    );

  let isUp = false;
  const answering = Promise.withResolvers<void>();
  ending.addEventListener('abort', () => answering.reject(ending.reason), { once: true });
  const afterApiServer = (begin: () => Promise<SupervisedChild>) => answering.promise.then(begin);
  const startKwok = async () => {
    // KWOK cannot take over the leases of the one before it: for up to 40 s it would leave all nodes alone.
    await client.request('DELETE', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
      signal: ending,
    });
    const { items } = await client.list<Pod>(resources.pods, { signal: ending });
    const args = kwokArgs({
      kubeconfigFile: files.kubeconfigs.kwok,
      configFiles: [programs.kwok.stagesFile, files.kwokConfig],
      port: ports.kwok,
      podRange: podRangeBeside(items.flatMap((pod) => pod.status?.podIP ?? [])),
      serving: files.pki.apiServer,
    });
    return start('kwok', programs.kwok.command, args);
  };
  const starting = [
    // Ready when the API server is, which checks its storage; if it dies before, the start has failed.
    start('kine', programs.kine, kineArgs(databaseFile), (readySignal) =>
      isUp ? untilReadyz(access, readySignal) : answering.promise,
    ),
    start('kube-apiserver', programs.apiServer, hostApiServerArgs(ports.apiServer, files.pki), async (readySignal) => {
      await untilReadyz(access, readySignal);
      answering.resolve();
    }),
    afterApiServer(() =>
      start(
        'kube-controller-manager',
        programs.controllerManager,
        hostControllerManagerArgs(files.kubeconfigs.controllerManager, files.pki, pace),
      ),
    ),
    afterApiServer(() =>
      start('kube-scheduler', programs.scheduler, hostSchedulerArgs(files.kubeconfigs.scheduler, pace)),
    ),
    afterApiServer(startKwok),
  ] as const;
  const [storage, apiServer, ...clients] = await Promise.all(starting).catch(async (error: unknown) => {
    life.abort();
    await Promise.all(starting.map(async (child) => (await child.catch(() => undefined))?.stop()));
    throw error;
  });

  isUp = true;
  const failed = Promise.race([storage, apiServer, ...clients].map((child) => child.failed));
  failed.catch(() => {});
  return {
    failed,
    async stop() {
      await Promise.all(clients.map((child) => child.stop()));
      await apiServer.stop();
      await storage.stop();
    },
  };
}
