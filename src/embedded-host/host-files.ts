import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadOrIssue } from '../control-plane/certificate-files.ts';
import { kubeconfigOfFiles, kubeconfigYaml } from '../control-plane/kubeconfig.ts';
import { type KubernetesPki, loadKubernetesPki } from '../control-plane/kubernetes-pki.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { hostServiceCidr } from './host-flags.ts';
import { kwokConfig, simulatedLog } from './kwok-config.ts';

/** What the children of the embedded host read, all of it below one folder. */
export interface HostFiles {
  pki: KubernetesPki;
  /** Kubeconfigs that point to the certificates of one child each. */
  kubeconfigs: { controllerManager: string; scheduler: string; kwok: string };
  kwokConfig: string;
  /** For people and for k3v: cluster-admin, everything inside. */
  adminKubeconfigPath: string;
  adminKubeconfig: string;
}

/** Writes the files for an API server at `port`; keys and certificates of an earlier run are kept. */
export async function writeHostFiles(folder: string, port: number): Promise<HostFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pki = await loadKubernetesPki({
    dataDir: folder,
    advertiseAddress: '127.0.0.1',
    tlsSans: [],
    serviceCidr: hostServiceCidr,
    clusterDomain: 'cluster.local',
  });
  const scheduler = await loadOrIssue(join(folder, 'pki', 'scheduler'), pki.ca, {
    commonName: 'system:kube-scheduler',
    usages: ['client'],
    days: 365,
  });
  const server = `https://127.0.0.1:${port}`;
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFileAtomically(path, text);
    return path;
  };
  const kubeconfigFor = (name: string, pair: { certFile: string; keyFile: string }) =>
    write(
      `pki/${name}.kubeconfig`,
      kubeconfigOfFiles({ server, caFile: pki.ca.certFile, certFile: pair.certFile, keyFile: pair.keyFile }),
    );
  const adminKubeconfig = kubeconfigYaml({
    server,
    caPem: pki.ca.certPem,
    certPem: pki.admin.certPem,
    keyPem: pki.admin.keyPem,
    contextName: 'embedded',
  });
  return {
    pki,
    kubeconfigs: {
      controllerManager: await kubeconfigFor('controller-manager', pki.controllerManager),
      scheduler: await kubeconfigFor('scheduler', scheduler),
      kwok: await kubeconfigFor('kwok', pki.admin),
    },
    kwokConfig: await write('kwok.yaml', kwokConfig(await write('simulated.log', simulatedLog))),
    adminKubeconfigPath: await write('kubeconfig.yaml', adminKubeconfig),
    adminKubeconfig,
  };
}

const portsFile = 'ports.json';

/** The ports of the last run, so that a kubeconfig in some shell stays good. */
export async function readLastPorts(folder: string): Promise<{ apiServer?: number; kwok?: number }> {
  const text = await readFile(join(folder, portsFile), 'utf8').catch(() => '{}');
  try {
    const value: unknown = JSON.parse(text);
    const at = (name: string): number | undefined => {
      const port: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
      return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
    };
    const [apiServer, kwok] = [at('apiServer'), at('kwok')];
    return { ...(apiServer === undefined ? {} : { apiServer }), ...(kwok === undefined ? {} : { kwok }) };
  } catch {
    return {};
  }
}

export async function writeLastPorts(folder: string, ports: { apiServer: number; kwok: number }): Promise<void> {
  await writeFileAtomically(join(folder, portsFile), JSON.stringify(ports));
}
