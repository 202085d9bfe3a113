import { join, resolve } from 'node:path';
import type { Bundle } from '../bundle/bundle.ts';
import type { ApiAccess } from '../control-plane/control-plane.ts';
import { dataDirError } from '../control-plane/data-dir-error.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import { assertSqliteFile } from '../control-plane/sqlite-file.ts';
import { endStaleChildren } from '../control-plane/stale-child.ts';
import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { createKubeClient } from '../kube/rest-client.ts';
import type { Node } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { Progress } from '../progress.ts';
import { claimFolder } from './folder-owner.ts';
import { databaseFile, type HostChildren, startHostChildren } from './host-children.ts';
import type { HostPace } from './host-flags.ts';
import { type HostFiles, readLastPorts, writeHostFiles, writeLastPorts } from './host-files.ts';
import { createHostObjects, simulatedNode, untilHostUsable } from './host-objects.ts';
import { findHostPrograms, type HostPrograms } from './host-programs.ts';
import { chooseLocalPorts } from './local-ports.ts';

const usableTimeoutMs = 120_000;

export interface EmbeddedHostOptions {
  /** The host keeps all it has in `<dataDir>/embedded-host`; only one k3v may use a data directory at a time. */
  dataDir: string;
  cacheDir: string;
  /** What the packaged k3v carries. Default: nothing, and the programs are built. */
  bundle?: Bundle | undefined;
  log: Logger;
  progress: Progress;
  /** Minor version of its control plane. Default: the newest. */
  kubernetesVersion?: KubernetesMinor;
  /** How many nodes there are at least. Default: 3. */
  nodes?: number;
  /** Of the API server. Default: that of the last run if it is free, else any. */
  port?: number;
  /** Of its controllers and scheduler. Default: `unhindered`. */
  pace?: HostPace;
}

/** A running host. States: ready (this object exists) → stopped, or `failed` rejects. */
export interface EmbeddedHost {
  kubeconfigPath: string;
  /** The content of that file: cluster-admin, with all credentials inside. */
  kubeconfig: string;
  /** Never resolves; rejects with K3vError when a child cannot be kept alive. */
  failed: Promise<never>;
  /** Ends the children: SIGTERM, SIGKILL after 5 s. Resolves when none of them is left. Its objects are kept on disk. */
  stop: () => Promise<void>;
}

/**
 * Starts a throw-away host cluster on 127.0.0.1: kine, kube-apiserver, kube-controller-manager, kube-scheduler, and KWOK in the
 * place of kubelets, so that pods are scheduled and reported running, but nothing runs. Resolves when a pod can be made. Over
 * the folder of an earlier run the host comes back with all its objects.
 * `signal` ends the start; once the host runs only `stop()` ends it, so that whoever uses it can finish first.
 * Rejects with K3vError like `findHostPrograms` and `superviseChild`, with `DATA_DIR_LOCKED` when another k3v runs a host there, or with the signal's reason.
 */
export async function startEmbeddedHost(options: EmbeddedHostOptions, signal: AbortSignal): Promise<EmbeddedHost> {
  const programs = await findHostPrograms(options, signal, options.kubernetesVersion);
  const folder = resolve(options.dataDir, 'embedded-host');
  const release = await claimFolder(folder).catch((error: unknown) => {
    throw dataDirError(error, options.dataDir) ?? error;
  });
  const step = options.progress.step('starting the embedded host');
  try {
    const host = await startInFolder(folder, programs, options, signal);
    step.done();
    return {
      ...host,
      async stop() {
        await host.stop();
        await release();
      },
    };
  } catch (error) {
    step.fail();
    await release();
    throw dataDirError(error, options.dataDir) ?? error;
  }
}

async function startInFolder(
  folder: string,
  programs: HostPrograms,
  options: EmbeddedHostOptions,
  signal: AbortSignal,
): Promise<EmbeddedHost> {
  const { log, pace = 'unhindered' } = options;
  await endStaleChildren(join(folder, 'run'), log);
  await assertSqliteFile(join(folder, databaseFile));
  const ports = await choosePorts(folder, options.port);
  const files = await writeHostFiles(folder, ports.apiServer);
  await writeLastPorts(folder, ports);
  const access = accessOf(ports.apiServer, files);
  const client = clientOf(access);

  const starting = new AbortController();
  const onAbort = () => starting.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let children: HostChildren | undefined;
  try {
    signal.throwIfAborted();
    children = await startHostChildren({ programs, files, ports, access, client, pace, folder, log }, starting.signal);
    await Promise.race([populate(client, nodesFor(options.nodes ?? 3, programs), starting.signal), children.failed]);
  } catch (error) {
    starting.abort(error);
    await children?.stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    client.close();
  }
  const { failed, stop } = children;
  return { kubeconfigPath: files.adminKubeconfigPath, kubeconfig: files.adminKubeconfig, failed, stop };
}

function nodesFor(count: number, programs: HostPrograms): Node[] {
  const versions = { kubernetes: programs.kubernetesVersion, kwok: programs.kwok.version };
  return Array.from({ length: count }, (_, index) => simulatedNode(`embedded-${index + 1}`, index + 1, versions));
}

/** Makes nodes and storage class, and waits until the host is of use. */
async function populate(client: KubeClient, nodes: readonly Node[], signal: AbortSignal): Promise<void> {
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(usableTimeoutMs)]);
  try {
    await createHostObjects(client, nodes, giveUp);
    await untilHostUsable(client, nodes, giveUp);
  } catch (error) {
    signal.throwIfAborted();
    if (!giveUp.aborted) throw error;
    throw new K3vError(
      'CONTROL_PLANE_FAILED',
      `the embedded host has no ready nodes after ${usableTimeoutMs / 1000} s`,
      {
        hint: 'Its logs are in the folder embedded-host/logs of the data directory.',
      },
    );
  }
}

/** A port that was asked for is an order, that of the last run a wish. */
async function choosePorts(folder: string, port: number | undefined): Promise<{ apiServer: number; kwok: number }> {
  const last = await readLastPorts(folder);
  const [apiServer, kwok] = await chooseLocalPorts([port ?? last.apiServer, last.kwok]);
  if (port !== undefined && apiServer !== port) {
    throw new K3vError('PORT_IN_USE', `port ${port} of 127.0.0.1, meant for the embedded host, is taken`, {
      hint: 'End the program that listens there or choose another port.',
    });
  }
  return { apiServer, kwok };
}

function accessOf(port: number, { pki }: HostFiles): ApiAccess {
  const { certPem, keyPem } = pki.admin;
  return { server: `https://127.0.0.1:${port}`, caPem: pki.ca.certPem, certPem, keyPem };
}

function clientOf({ server, caPem, certPem, keyPem }: ApiAccess): KubeClient {
  const tls = { ca: caPem, cert: certPem, key: keyPem };
  return createKubeClient({ server, credentials: async () => ({ tls, headers: {} }) });
}
