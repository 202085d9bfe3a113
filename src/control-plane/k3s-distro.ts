import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { K3vError } from '../errors.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { adoptK3sKeys } from './adopt-keys.ts';
import { prepareAuditLog } from './audit.ts';
import { superviseChild } from './child.ts';
import { datastoreSupervision } from './datastore-supervision.ts';
import type { ApiAccess, ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import type { Distro } from './distro.ts';
import { prepareEgress } from './egress.ts';
import { assertPortFree } from './free-port.ts';
import { findK3s, type K3sBinary } from './k3s-binary.ts';
import { k3sEnvironment, k3sServerArgs } from './k3s-flags.ts';
import { parseK3sKubeconfig } from './k3s-kubeconfig.ts';
import { preparePodSecurity } from './pod-security.ts';
import { untilReadyz } from './readyz.ts';

const pollMs = 50;

/** The control plane of k3s: one binary, run without its agent. It keeps its own CA and its own database. */
export const k3sDistro: Distro = {
  name: 'k3s',
  async prepare(options, signal) {
    const binary = await findK3s(options, signal);
    return {
      version: binary.version.text,
      source: binary.source,
      start: (startSignal) => startK3s(binary, options, startSignal),
    };
  },
};

async function startK3s(binary: K3sBinary, options: ControlPlaneOptions, signal: AbortSignal): Promise<ControlPlane> {
  const folder = resolve(options.dataDir, 'control-plane');
  const dataDir = join(folder, 'k3s');
  const homeDir = join(dataDir, 'home');
  const kubeconfigPath = join(dataDir, 'kubeconfig.yaml');
  const configPath = join(dataDir, 'empty-config.yaml');
  // Where the API server inside k3s will listen, behind the port that k3s shows.
  const innerPort = options.listenPort + 1;
  if (innerPort > 65_535) {
    throw new K3vError('FLAG_INVALID', `--listen-port ${options.listenPort}: k3s also needs the port after it`, {
      hint: 'Choose a lower port.',
    });
  }
  await assertPortFree(innerPort);
  await mkdir(homeDir, { recursive: true, mode: 0o700 });
  if (options.givenKeys) await adoptK3sKeys(dataDir, options.givenKeys, options.dataDir);
  await writeFileAtomically(configPath, '');
  // That of the last run would be taken for the new one, and k3s may have renewed the certificate since.
  await rm(kubeconfigPath, { force: true });

  // k3s changes into this folder before it runs anything.
  const workingDirectory = join(dataDir, 'server');
  const egressFile = join(folder, 'egress-selector.yaml');
  const apiServerFlags = {
    ...(options.egress ? await prepareEgress(options.egress, { file: egressFile, workingDirectory }) : {}),
    ...(await prepareAuditLog(options.audit, join(folder, 'audit-policy.json'))),
    ...(await preparePodSecurity(options.isolation ?? 'none', join(folder, 'admission.yaml'))),
  };
  const { datastore = { kind: 'sqlite' } } = options;
  let admin: ApiAccess | undefined;
  const child = await superviseChild(
    {
      name: 'k3s',
      command: binary.command,
      args: k3sServerArgs(binary.version, { ...options, dataDir, kubeconfigPath, configPath, apiServerFlags }),
      env: { ...k3sEnvironment(homeDir, datastore), K3S_TOKEN: options.shared?.k3sToken ?? '' },
      ...(datastore.kind === 'sqlite' ? {} : datastoreSupervision(datastore)),
      logFile: join(folder, 'logs', 'k3s.log'),
      pidFile: join(folder, 'run', 'k3s.pid'),
      onRestart: () => options.onRestart?.('k3s'),
      log: options.log,
      async ready(readySignal) {
        admin = await untilKubeconfig(kubeconfigPath, readySignal);
        await untilReadyz(admin, readySignal);
      },
    },
    signal,
  );
  if (admin === undefined) throw new Error('k3s is ready without a kubeconfig');
  try {
    await options.admit?.(admin);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    distro: 'k3s',
    version: binary.version.text,
    admin,
    caPem: admin.caPem,
    pids() {
      const pid = child.pid();
      return pid === undefined ? {} : { k3s: pid };
    },
    ready: Promise.resolve(),
    failed: child.failed,
    stop: () => child.stop(),
  };
}

/** Resolves with the credentials in the file as soon as k3s has written it to the end. */
async function untilKubeconfig(path: string, signal: AbortSignal): Promise<ApiAccess> {
  for (;;) {
    const access = parseK3sKubeconfig(await readFile(path, 'utf8').catch(() => ''));
    if (access !== undefined) return access;
    await delay(pollMs, undefined, { signal });
  }
}
