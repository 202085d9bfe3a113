import { Counter, type Registry } from 'prom-client';
import type { WatchMeter } from '../kube/reflector.ts';
import type { Resource } from '../kube/types.ts';
import type { MeteredSide } from './client-meter.ts';

/** Adds figures about watches to `registry`, and returns the meter of one resource of one side. The first list and the first watch of each count for nothing. */
export function createWatchMeters(registry: Registry): (side: MeteredSide, resource: Resource) => WatchMeter {
  const common = { labelNames: ['side', 'resource'] as const, registers: [registry] };
  const restarts = new Counter({
    ...common,
    name: 'k3v_watch_restarts_total',
    help: 'Watches that were opened again, at the end of their 5 to 10 minutes or because they broke off.',
  });
  const relists = new Counter({
    ...common,
    name: 'k3v_relists_total',
    help: 'Lists of all objects that were read again, as a watch could not go on from where it ended.',
  });
  return (side, { group, plural }) => {
    const labels = { side, resource: group === '' ? plural : `${plural}.${group}` };
    const afterFirst = (counter: typeof restarts) => {
      let isFirst = true;
      counter.inc(labels, 0);
      return () => {
        if (!isFirst) counter.inc(labels);
        isFirst = false;
      };
    };
    return { listed: afterFirst(relists), watched: afterFirst(restarts) };
  };
}
