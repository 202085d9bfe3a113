import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundledKubernetes } from '../bundle/bundled-programs.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { adoptKeys } from './adopt-keys.ts';
import { prepareAuditLog } from './audit.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import type { Distro } from './distro.ts';
import { prepareEgress } from './egress.ts';
import { kubeconfigOfFiles } from './kubeconfig.ts';
import { type KubernetesPrograms, startKubernetesChildren } from './kubernetes-children.ts';
import { type KubernetesPki, loadKubernetesPki, renewedIn } from './kubernetes-pki.ts';
import { buildKine, buildKubernetesPrograms, kubernetesVersion } from './kubernetes-programs.ts';
import { storageOf } from './kubernetes-storage.ts';
import { newestKubernetes } from './kubernetes-versions.ts';
import { preparePodSecurity } from './pod-security.ts';
import { renewWhenDue } from './renew-when-due.ts';
import { prepareSecretsEncryption } from './secrets-encryption.ts';
import { assertSqliteFile } from './sqlite-file.ts';

const databaseFile = 'kine.db';

/** Upstream kube-apiserver and kube-controller-manager, with kine between them and a SQL database: what the packaged k3v carries, else built from pinned Go modules. */
export const kubernetesDistro: Distro = {
  name: 'kubernetes',
  async prepare(options, signal) {
    const minor = options.kubernetesVersion ?? newestKubernetes;
    const { version, source, ...programs } = await findPrograms(minor, options, signal);
    return { version, source, start: (startSignal) => startKubernetes(version, programs, options, startSignal) };
  },
};

async function findPrograms(minor: KubernetesMinor, options: ControlPlaneOptions, signal: AbortSignal) {
  const { bundle } = options;
  if (bundle) {
    const { folder, version } = await bundledKubernetes(bundle, minor, options, signal);
    return { version, source: 'the packaged k3v carries it', kubernetes: folder, kine: folder };
  }
  // One after the other: each keeps all processors busy, and a terminal shows one bar at a time.
  const kine = options.datastore?.kind === 'etcd' ? undefined : await buildKine(options, signal);
  const names = ['kube-apiserver', 'kube-controller-manager'] as const;
  const kubernetes = await buildKubernetesPrograms(names, options, signal, minor);
  const source = `its programs are built from Go modules in ${options.cacheDir}`;
  return { version: await kubernetesVersion(minor), source, kubernetes, kine };
}

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
  const { datastore = { kind: 'sqlite' } } = options;
  if (datastore.kind === 'sqlite') await assertSqliteFile(join(folder, databaseFile));
  if (options.givenKeys) await adoptKeys(options.dataDir, options.givenKeys);
  let pki = await loadKubernetesPki(options);
  await writeFileAtomically(kubeconfigFile, controllerManagerKubeconfig(server, pki));
  const access = () => ({ server, caPem: pki.ca.certPem, certPem: pki.admin.certPem, keyPem: pki.admin.keyPem });

  const configuration = (name: string) => join(options.dataDir, 'control-plane', name);
  const egressFile = configuration('egress-selector.yaml');
  const apiServerFlags = {
    ...(options.egress ? await prepareEgress(options.egress, { file: egressFile, workingDirectory: folder }) : {}),
    ...(await prepareSecretsEncryption(options.secretsEncryption ?? false, {
      keyFile: join(options.dataDir, 'pki', 'secrets-encryption.key'),
      recordFile: configuration('secrets-key.sha256'),
      file: configuration('secrets-encryption.yaml'),
    })),
    ...(await prepareAuditLog(options.audit, configuration('audit-policy.json'))),
    ...(await preparePodSecurity(options.isolation ?? 'none', configuration('admission.yaml'))),
  };
  const storage = storageOf(datastore, databaseFile);
  const settings = { ...options, apiServerFlags, programs, folder, storage, kubeconfigFile, pki, access };
  const children = await startKubernetesChildren(settings, signal);
  const life = new AbortController();
  let known = pki.admin.certPem;
  /** The children read their files again by themselves. */
  const renew = async () => {
    pki = await loadKubernetesPki(options);
    const renewed = renewedIn(pki);
    if (renewed.length > 0) options.log.info({ renewed }, 'renewed certificates');
    if (known === pki.admin.certPem) return;
    await options.onAdminRenewed?.(access());
    known = pki.admin.certPem;
  };
  const renewing = renewWhenDue(renew, { checkMs: options.renewalCheckMs, log: options.log, signal: life.signal });
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
    ready: children.ready,
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

function controllerManagerKubeconfig(server: string, { ca, controllerManager }: KubernetesPki): string {
  const { certFile, keyFile } = controllerManager;
  return kubeconfigOfFiles({ server, caFile: ca.certFile, certFile, keyFile });
}
