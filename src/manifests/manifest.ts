import type { KubeObject } from '../kube/types.ts';

/** One object that the operator wants the virtual cluster to have. */
export interface Manifest {
  /** The file that it stands in. */
  file: string;
  object: KubeObject & { apiVersion: string; kind: string };
}

/** Returns `<kind> <namespace>/<name>`, for people. */
export function wordsFor({ object: { kind, metadata } }: Manifest): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
