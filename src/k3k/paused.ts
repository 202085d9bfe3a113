import type { KubeObject } from '../kube/types.ts';
import { pausedAnnotation } from './names.ts';

/** Whether the pods of the Cluster are not to run. */
export function isPaused({ metadata: { annotations } }: KubeObject): boolean {
  return annotations?.[pausedAnnotation] === 'true';
}
