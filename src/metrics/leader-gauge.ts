import { Gauge, type Registry } from 'prom-client';

/** Adds client-go's figure of whether this process leads by the Lease `name`, as `leads` says it. */
export function addLeaderGauge(registry: Registry, name: string, leads: () => boolean): void {
  new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads, else 0.',
    labelNames: ['name'] as const,
    registers: [registry],
    collect() {
      this.set({ name }, leads() ? 1 : 0);
    },
  });
}
