import { type KubernetesMinor, kubernetesMinors } from '../kubernetes-minors.ts';
import type { ClusterContext } from './cluster-context.ts';

type Versions = Pick<ClusterContext, 'cluster' | 'spec' | 'host'>;

/**
 * Returns the Kubernetes version that a cluster should have: what its spec says, else what it has, else what the host has. So an update of the host
 * restarts no cluster. For example `v1.36`, `1.36.3` or `v1.36.3-k3s1`.
 */
function wantedVersion({ cluster, spec, host }: Versions): string {
  return spec.version ?? cluster.status?.version ?? host.version;
}

/**
 * Returns the minor version that k3v runs in mode shared, undefined if k3v has not the wanted one. Where the spec says nothing it is the newest that is not
 * newer than the host, or the oldest.
 */
export function sharedMinor(versions: Versions): KubernetesMinor | undefined {
  const wanted = wantedVersion(versions);
  const found = kubernetesMinors.find((minor) => compareVersions(minor, wanted) === 0);
  if (found || versions.spec.version !== undefined) return found;
  return kubernetesMinors.find((minor) => compareVersions(minor, wanted) < 0) ?? kubernetesMinors.at(-1);
}

/** Returns the tag of the k3s image in mode virtual, such as `v1.36.3-k3s1`. */
export function k3sTag(versions: Versions): string {
  const [major = 1, minor = 0, patch = 0, build = 1] = numbersOf(wantedVersion(versions));
  return `v${major}.${minor}.${patch}-k3s${build}`;
}

/** Returns the version that the status shows: in mode shared the minor one, such as `v1.36`; in mode virtual the tag. */
export function shownVersion(versions: Versions): string {
  return versions.spec.mode === 'virtual' ? k3sTag(versions) : `v${sharedMinor(versions) ?? kubernetesMinors[0]}`;
}

/** Returns less than, exactly or more than 0 as `a` is older than, as old as or newer than `b`. What only one of them says does not count: `1.36` is as old as `v1.36.3`. */
export function compareVersions(a: string, b: string): number {
  const right = numbersOf(b);
  const differences = numbersOf(a).map((number, index) => number - (right[index] ?? number));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** Major, minor, patch and k3s build, as far as `version` says them. */
function numbersOf(version: string): number[] {
  const [, ...digits] = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+]k3s(\d+))?/.exec(version) ?? [];
  return digits.filter((each) => each !== undefined).map(Number);
}
