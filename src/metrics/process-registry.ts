import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { version } from '../version.ts';

/** Returns a registry with the figures of this process, by the names that all programs with prom-client have them, and with its version. Its clocks run until the process ends. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'k3v_build_info',
    help: 'Always 1; the version of k3v.',
    labelNames: ['version'] as const,
    registers: [registry],
  }).set({ version }, 1);
  return registry;
}
