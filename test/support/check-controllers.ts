import { type KubeObject, type Pod, keyOf } from '../../src/kube/types.ts';
import type { AuditResult } from './audit-result.ts';
import type { BothWorlds, Workload } from './both-worlds.ts';

/** Adds to `result` what controllers of the virtual cluster have not brought about: each workload has as many living pods as it asks for, all ready. */
export function checkControllers({ virtual }: Pick<BothWorlds, 'virtual'>, result: AuditResult): void {
  const living = virtual.pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  const ownedBy = (owner: KubeObject, pods: Pod[]) =>
    pods.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid));
  for (const deployment of virtual.deployments) {
    const { spec, status, metadata } = deployment;
    const wanted = spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0, observedGeneration } = status ?? {};
    const isSettled = [replicas, readyReplicas, updatedReplicas].every((count) => count === wanted);
    if (!isSettled || observedGeneration !== metadata.generation) {
      result.different.push(
        `Deployment ${keyOf(deployment)}: wants ${wanted}, has ${replicas}, ${updatedReplicas} up to date, ${readyReplicas} ready`,
      );
    }
  }
  const sets: [string, Workload[]][] = [
    ['ReplicaSet', virtual.replicaSets],
    ['StatefulSet', virtual.statefulSets],
  ];
  for (const [kind, workloads] of sets) {
    for (const workload of workloads) {
      const wanted = workload.spec?.replicas ?? 1;
      const count = ownedBy(workload, living).length;
      const line = `${kind} ${keyOf(workload)}: wants ${wanted} pods, has ${count}`;
      if (count < wanted) result.lost.push(line);
      if (count > wanted) result.doubled.push(line);
      const ready = workload.status?.readyReplicas ?? 0;
      if (ready !== wanted) result.different.push(`${kind} ${keyOf(workload)}: wants ${wanted}, ${ready} are ready`);
    }
  }
  for (const job of virtual.jobs) {
    const wanted = job.spec?.completions ?? 1;
    const succeeded = job.status?.succeeded ?? 0;
    const own = ownedBy(job, virtual.pods);
    const states = own.map(({ metadata, status }) =>
      `${metadata.name} ${status?.phase} ${status?.reason ?? ''}`.trimEnd(),
    );
    const said = (job.status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
    if (succeeded < wanted) {
      const why = [...states, ...said, `${job.status?.failed ?? 0} failed`].join(', ');
      result.different.push(`Job ${keyOf(job)}: ${succeeded} of ${wanted} have completed (${why})`);
    }
    const pods = own.length;
    if (pods > wanted) result.doubled.push(`Job ${keyOf(job)}: ${pods} pods for ${wanted} completions`);
  }
}
