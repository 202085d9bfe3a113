import { stringify } from 'yaml';
import type { Isolation } from '../isolations.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/**
 * Writes to `file` what Pod Security admission does in namespaces that say nothing themselves, and returns the flag of the API server that goes with it; none
 * for the isolation `none`, which leaves all as the API server has it: everything may run.
 */
export async function preparePodSecurity(isolation: Isolation, file: string): Promise<Record<string, string>> {
  if (isolation === 'none') return {};
  await writeFileAtomically(file, podSecurityConfiguration(isolation));
  return { 'admission-control-config-file': file };
}

/**
 * Returns the AdmissionConfiguration: https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/. Pods are
 * refused; of workloads, which only make pods, whoever writes them is warned.
 */
export function podSecurityConfiguration(level: Exclude<Isolation, 'none'>): string {
  const modes = ['enforce', 'audit', 'warn'].map((mode) => [mode, level]);
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'PodSecurity',
        configuration: {
          apiVersion: 'pod-security.admission.config.k8s.io/v1',
          kind: 'PodSecurityConfiguration',
          defaults: Object.fromEntries(modes),
        },
      },
    ],
  });
}
