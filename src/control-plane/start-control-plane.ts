import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane, ControlPlaneOptions, DistroName, StartControlPlane } from './control-plane.ts';
import { dataDirError } from './data-dir-error.ts';
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

/**
 * Starts the control plane on the data directory, with the distro it was made with or, when it is new, the one asked for. Rejects
 * with K3vError: `PORT_IN_USE`, `DATA_DIR_DISTRO`, `DATA_DIR_NEWER`, `DATA_DIR_NOT_WRITABLE` or `DISK_FULL` before anything is started, what the
 * distros' `prepare` and `superviseChild` reject with after that; then nothing is left running.
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
  const { distro: asked, k3sBinary, kubernetesVersion } = options;
  const choice = chooseDistro({ asked, k3sBinary, kubernetesVersion, recorded: recorded?.distro, dataDir });
  const lastKubernetes = recorded?.distro === 'kubernetes' ? recorded.version : undefined;
  const chosen = chooseKubernetes({ asked: kubernetesVersion, recorded: lastKubernetes, dataDir });
  const { distro, prepared, why } = await prepareFirst(
    choice,
    distros,
    { ...options, kubernetesVersion: chosen },
    signal,
  );
  const { version, source } = prepared;
  log.info({ distro: distro.name, version, reason: `${why}; ${source}` }, 'chose the control plane');
  if (recorded?.version !== version) await writeDistroRecord(dataDir, { distro: distro.name, version });

  const step = progress.step(`starting the control plane (${distro.name} ${version})`);
  const controlPlane = await within(step, async () => await prepared.start(signal));
  step.done();
  return controlPlane;
}
