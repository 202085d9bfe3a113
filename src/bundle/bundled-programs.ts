import { K3vError } from '../errors.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import { type Bundle, type BundledPart, bundledPart } from './bundle.ts';
import { type UnpackOptions, unpackPart } from './unpack-part.ts';

export interface BundledPrograms {
  folder: string;
  /** For example `v1.36.3`. */
  version: string;
}

/**
 * Returns the folder with kube-apiserver, kube-controller-manager and kine of Kubernetes `minor`, unpacked. Rejects like `unpackPart`, and with K3vError
 * `DISTRO_UNAVAILABLE` when the packaged k3v does not carry them.
 */
export async function bundledKubernetes(
  bundle: Bundle,
  minor: KubernetesMinor,
  options: UnpackOptions,
  signal: AbortSignal,
): Promise<BundledPrograms> {
  return await programs(bundle, carriedKubernetes(bundle, minor), options, signal);
}

/** Returns the part that `bundledKubernetes` unpacks. Throws DISTRO_UNAVAILABLE as that rejects. */
export function carriedKubernetes(bundle: Bundle, minor: KubernetesMinor): BundledPart {
  const part = bundledPart(bundle, 'kubernetes');
  if (part === undefined) throw notCarried('the kubernetes distro', 'Use --distro k3s');
  if (part.version.startsWith(`v${minor}.`)) return part;
  throw notCarried(`Kubernetes ${minor}, but ${part.version}`, 'Use that one');
}

/** Returns the folder with what the embedded host needs besides the programs of `bundledKubernetes`; `version` is KWOK's. Rejects as that does. */
export async function bundledHostPrograms(
  bundle: Bundle,
  options: UnpackOptions,
  signal: AbortSignal,
): Promise<BundledPrograms> {
  const part = bundledPart(bundle, 'embedded-host');
  if (part === undefined) throw notCarried('an embedded host', 'Name a cluster with --kubeconfig');
  return await programs(bundle, part, options, signal);
}

async function programs(
  bundle: Bundle,
  part: BundledPart,
  options: UnpackOptions,
  signal: AbortSignal,
): Promise<BundledPrograms> {
  return { folder: await unpackPart(bundle, part, options, signal), version: part.version };
}

function notCarried(what: string, instead: string): K3vError {
  return new K3vError('DISTRO_UNAVAILABLE', `this packaged k3v does not carry ${what}`, {
    hint: `${instead}, or run k3v from its source tree, which builds what it needs.`,
  });
}
