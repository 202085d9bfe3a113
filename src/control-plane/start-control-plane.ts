import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledDistro } from '../bundle/bundle.ts';
import { datastoreIdentity } from '../datastore/datastore-identity.ts';
import { showDatastore } from '../datastore/datastore.ts';
import { untilDatastoreAnswers } from '../datastore/until-datastore-answers.ts';
import type { ControlPlane, ControlPlaneOptions, DistroName, StartControlPlane } from './control-plane.ts';
import { dataDirError } from './data-dir-error.ts';
import { assertSameDatastore } from './datastore-of-data-dir.ts';
import { chooseDistro, prepareFirst } from './distro-choice.ts';
import { readDistroRecord, writeDistroRecord } from './distro-record.ts';
import type { Distro } from './distro.ts';
import { assertPortFree } from './free-port.ts';
import { k3sDistro } from './k3s-distro.ts';
import { kubernetesDistro } from './kubernetes-distro.ts';
import { chooseKubernetes } from './kubernetes-versions.ts';
import { endStaleChildren } from './stale-child.ts';
import { within } from '../progress.ts';

const distros = { k3s: k3sDistro, kubernetes: kubernetesDistro } satisfies Record<DistroName, Distro>;

/** A database on the same machine may be starting, too. */
const datastoreTimeoutMs = 30_000;

/**
 * Starts the control plane on the data directory, with the distro it was made with or, when it is new, the one asked for. Rejects
 * with K3vError: `PORT_IN_USE`, `DATA_DIR_DISTRO`, `DATA_DIR_DATASTORE`, `DATA_DIR_NEWER`, `DATA_DIR_NOT_WRITABLE`, `DISK_FULL` or what
 * `untilDatastoreAnswers` rejects with before anything is started, what the distros' `prepare` and `superviseChild` reject with after that; then nothing is left running.
 */
export const startControlPlane: StartControlPlane = async (options, signal) => {
  try {
    return await start(options, signal);
  } catch (error) {
    throw dataDirError(error, options.dataDir) ?? error;
  }
};

async function start(options: ControlPlaneOptions, signal: AbortSignal): Promise<ControlPlane> {
  const { dataDir, log, progress } = options;
  await mkdir(join(dataDir, 'control-plane'), { recursive: true, mode: 0o700 });
  await endStaleChildren(join(dataDir, 'control-plane', 'run'), log);
  await assertPortFree(options.listenPort);

  const recorded = await readDistroRecord(dataDir);
  const { distro: asked, k3sBinary, kubernetesVersion, datastore = { kind: 'sqlite' } } = options;
  const bundled = bundledDistro(options.bundle);
  const choice = chooseDistro({ asked, k3sBinary, kubernetesVersion, recorded: recorded?.distro, bundled, dataDir });
  const lastKubernetes = recorded?.distro === 'kubernetes' ? recorded.version : undefined;
  const chosen = chooseKubernetes({ asked: kubernetesVersion, recorded: lastKubernetes, dataDir });
  assertSameDatastore({ recorded: recorded?.datastore, datastore, dataDir });
  if (datastore.kind !== 'sqlite') {
    const waiting = progress.step(`waiting for the datastore ${showDatastore(datastore)}`);
    await within(waiting, () => untilDatastoreAnswers(datastore, { timeoutMs: datastoreTimeoutMs, signal }));
    waiting.done();
  }
  const { distro, prepared, why } = await prepareFirst(
    choice,
    distros,
    { ...options, kubernetesVersion: chosen },
    signal,
  );
  const { version, source } = prepared;
  log.info({ distro: distro.name, version, reason: `${why}; ${source}` }, 'chose the control plane');
  const identity = datastoreIdentity(datastore);
  const record = (datastoreNow: string | undefined) =>
    writeDistroRecord(dataDir, { distro: distro.name, version, datastore: datastoreNow });
  // One elsewhere is only known to be the right one when the control plane is up on it.
  const before = datastore.kind === 'sqlite' ? identity : recorded?.datastore;
  if (recorded?.version !== version || recorded.datastore !== before) await record(before);

  const step = progress.step(`starting the control plane (${distro.name} ${version})`);
  const controlPlane = await within(step, async () => await prepared.start(signal));
  step.done();
  if (before !== identity) await record(identity);
  return controlPlane;
}
