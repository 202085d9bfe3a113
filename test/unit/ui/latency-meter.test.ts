import { beforeEach, describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { createLatencyMeter } from '../../../src/ui/latency-meter.ts';
import type { LatencySample } from '../../../src/ui/page-data.ts';

const pod = (phase: string, deletionTimestamp?: string): Pod => ({
  metadata: { name: 'web', uid: 'u1', ...(deletionTimestamp ? { deletionTimestamp } : {}) },
  spec: { containers: [{ name: 'main' }] },
  status: { phase },
});
const [pending, running, failed] = [pod('Pending'), pod('Running'), pod('Failed')];

let clock: number;
let samples: LatencySample[];
let meter: ReturnType<typeof createLatencyMeter>;

beforeEach(() => {
  clock = 1_000;
  samples = [];
  meter = createLatencyMeter({ onSample: (each) => samples.push(each), now: () => clock, date: () => 5 });
});

const found = () => samples.map(({ way, ms }) => [way, ms]);

describe('the way to the host', () => {
  it('is from when a pod is there until its host pod is', () => {
    meter.created('u1');
    meter.changed('u1', 'virtual', { virtual: pending, host: undefined });
    clock += 40.26;
    meter.changed('u1', 'host', { virtual: pending, host: pending });
    meter.changed('u1', 'host', { virtual: pending, host: pending });
    expect(samples).toEqual([{ way: 'toHost', at: 5, ms: 40.3 }]);
  });

  it('of a pod that was there before is not known', () => {
    meter.changed('u1', 'host', { virtual: pending, host: pending });
    expect(samples).toEqual([]);
  });

  it('of a pod that is deleted before it is on the host is none', () => {
    meter.created('u1');
    meter.changed('u1', 'virtual', { virtual: undefined, host: undefined });
    meter.changed('u1', 'host', { virtual: pending, host: pending });
    expect(samples).toEqual([]);
  });
});

describe('the way back', () => {
  beforeEach(() => meter.changed('u1', 'host', { virtual: pending, host: pending }));

  it('is from news on the host pod until the virtual pod shows it', () => {
    meter.changed('u1', 'host', { virtual: pending, host: running });
    clock += 15;
    meter.changed('u1', 'virtual', { virtual: running, host: running });
    meter.changed('u1', 'virtual', { virtual: running, host: running });
    expect(found()).toEqual([['toVirtual', 15]]);
  });

  it('is from the last news, of several', () => {
    meter.changed('u1', 'host', { virtual: pending, host: running });
    clock += 100;
    meter.changed('u1', 'host', { virtual: pending, host: failed });
    clock += 7;
    meter.changed('u1', 'virtual', { virtual: failed, host: failed });
    expect(found()).toEqual([['toVirtual', 7]]);
  });

  it('of news that the virtual pod shows before the host pod does, by the faster of two watches, is not known', () => {
    meter.changed('u1', 'virtual', { virtual: running, host: pending });
    clock += 3;
    meter.changed('u1', 'host', { virtual: running, host: running });
    meter.changed('u1', 'virtual', { virtual: running, host: running });
    expect(samples).toEqual([]);
  });

  it('is none for what changes on the virtual side alone, or is a deletion', () => {
    meter.changed('u1', 'virtual', { virtual: running, host: pending });
    meter.changed('u1', 'virtual', { virtual: pending, host: pending });
    meter.changed('u1', 'host', { virtual: pending, host: pod('Pending', '2026-01-01T00:00:00Z') });
    expect(samples).toEqual([]);
  });
});
