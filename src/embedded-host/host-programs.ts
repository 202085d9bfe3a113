import { join } from 'node:path';
import { executableName, type GoBuildOptions } from '../control-plane/go-build.ts';
import { buildKine, buildKubernetesPrograms, kubernetesVersion } from '../control-plane/kubernetes-programs.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import { newestKubernetes } from '../control-plane/kubernetes-versions.ts';
import { buildKwok, type KwokPrograms } from './kwok-programs.ts';

/** Where the programs of the embedded host lie. */
export interface HostPrograms {
  kine: string;
  apiServer: string;
  controllerManager: string;
  scheduler: string;
  kwok: KwokPrograms;
  /** For example `v1.36.3`. */
  kubernetesVersion: string;
}

/** Builds what is missing in the cache; rejects like `buildGoPrograms`. A control plane on the same cache shares most of it. */
export async function buildHostPrograms(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
  minor: KubernetesMinor = newestKubernetes,
): Promise<HostPrograms> {
  // One after the other: each build uses all cores, and the later ones find much of their code compiled.
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  const kubernetes = await buildKubernetesPrograms(names, environment, signal, minor);
  const kine = await buildKine(environment, signal);
  const kwok = await buildKwok(environment, signal);
  return {
    kine: join(kine, executableName('kine')),
    apiServer: join(kubernetes, executableName('kube-apiserver')),
    controllerManager: join(kubernetes, executableName('kube-controller-manager')),
    scheduler: join(kubernetes, executableName('kube-scheduler')),
    kwok,
    kubernetesVersion: await kubernetesVersion(minor),
  };
}
