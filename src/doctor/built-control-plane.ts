import { readDistroRecord } from '../control-plane/distro-record.ts';
import { hasKine, hasKubernetesPrograms } from '../control-plane/kubernetes-programs.ts';
import { chooseKubernetes } from '../control-plane/kubernetes-versions.ts';
import { silentLog } from '../log.ts';
import { silentProgress } from '../progress.ts';
import type { Facts } from './facts.ts';

/** Whether the programs of the kubernetes distro that would be run are in the cache. */
export async function builtControlPlane({ config, dataDir, cacheDir }: Facts): Promise<boolean> {
  const recorded = await readDistroRecord(dataDir);
  const minor = chooseKubernetes({ asked: config.kubernetesVersion, recorded: recorded?.version, dataDir });
  const environment = { cacheDir, log: silentLog, progress: silentProgress };
  const hasAll = await hasKubernetesPrograms(['kube-apiserver', 'kube-controller-manager'], environment, minor);
  return hasAll && (config.datastore.kind === 'etcd' || (await hasKine(environment)));
}
