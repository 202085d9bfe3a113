import type { KubeObject } from '../kube/types.ts';
import { marks } from './translator.ts';

/**
 * The Service behind which k3v itself answers `metrics.k8s.io`. Its address is no host's: 192.0.0.8, the "IPv4 dummy address" of RFC 7600,
 * which is never the destination of a packet. Where the API server dials it, k3v answers in process.
 */
export const metricsService = {
  namespace: 'kube-system',
  name: 'k3v-metrics',
  ip: '192.0.0.8',
  port: 443,
  portName: 'https',
} as const;

/** Whether `service` is the one that k3v keeps for its metrics: it means nothing on the host. One that the tenant made its own is a Service like others. */
export function isMetricsService({ metadata: { namespace, name, labels } }: KubeObject): boolean {
  const isNamedSo = namespace === metricsService.namespace && name === metricsService.name;
  return isNamedSo && labels?.[marks.managedLabel] === 'true';
}
