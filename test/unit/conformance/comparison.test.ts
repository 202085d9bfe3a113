import { expect, it } from 'vitest';
import { compareWorlds, rowsOf, type VerdictKind } from '../../conformance/comparison.ts';
import type { Outcome, Result, Spec } from '../../conformance/spec.ts';
import { tableOf } from '../../conformance/table.ts';

function resultsOf(outcomes: Record<string, Outcome>, world: string): Map<string, Result> {
  const results = Object.entries(outcomes).map(([name, outcome]): [string, Result] => [
    name,
    { name, outcome, seconds: 1, reason: outcome === 'passed' ? '' : `${outcome} on ${world}` },
  ]);
  return new Map(results);
}

function spec(name: string, sig = 'sig-node'): Spec {
  return { name, sig, serial: false };
}

it.each<[Outcome | undefined, Outcome | undefined, VerdictKind, string]>([
  ['passed', 'passed', 'both', ''],
  ['passed', 'failed', 'virtual-fails', 'failed on virtual'],
  ['passed', 'no-image', 'virtual-fails', 'no-image on virtual'],
  ['passed', 'skipped', 'virtual-fails', 'skipped on virtual'],
  ['passed', undefined, 'not-run', ''],
  ['failed', 'passed', 'host-fails', 'failed on host'],
  ['failed', undefined, 'host-fails', 'failed on host'],
  ['no-image', 'no-image', 'no-image', 'no-image on host'],
  ['skipped', 'failed', 'skipped', 'skipped on host'],
  [undefined, 'passed', 'not-run', ''],
])('%s on the host and %s on the virtual cluster is: %s', (host, virtual, kind, reason) => {
  const [onHost, onVirtual] = [
    resultsOf(host ? { a: host } : {}, 'host'),
    resultsOf(virtual ? { a: virtual } : {}, 'virtual'),
  ];
  expect(compareWorlds([spec('a')], onHost, onVirtual)).toEqual([
    { spec: spec('a'), kind, reason, host: onHost.get('a'), virtual: onVirtual.get('a') },
  ]);
});

const specs = [spec('a'), spec('b'), spec('c'), spec('d', 'sig-apps'), spec('e', 'sig-apps')];
const verdicts = compareWorlds(
  specs,
  resultsOf({ a: 'passed', b: 'passed', c: 'passed', d: 'failed' }, 'host'),
  resultsOf({ a: 'passed', b: 'failed', c: 'passed', d: 'passed' }, 'virtual'),
);

it('counts per group and for all, in percent of what passes on the host', () => {
  const none = { both: 0, 'virtual-fails': 0, 'host-fails': 0, 'no-image': 0, skipped: 0, 'not-run': 0 };
  expect(rowsOf(verdicts)).toEqual([
    { sig: 'sig-apps', counts: { ...none, 'host-fails': 1, 'not-run': 1 }, percent: undefined },
    { sig: 'sig-node', counts: { ...none, both: 2, 'virtual-fails': 1 }, percent: 200 / 3 },
    { sig: 'all', counts: { ...none, both: 2, 'virtual-fails': 1, 'host-fails': 1, 'not-run': 1 }, percent: 200 / 3 },
  ]);
});

it('prints a table, and each spec that did not pass on both with its reason', () => {
  expect(tableOf(rowsOf(verdicts), verdicts)).toBe(
    `
sig       both  virtual ✗  host ✗  no image  skipped  not run  virtual/host
sig-apps     0          0       1         0        0        1              
sig-node     2          1       0         0        0        0        66.7 %
all          2          1       1         0        0        1        66.7 %

failed on the virtual cluster only (1):
  b
      failed on virtual

failed on the bare host too (1):
  d
      failed on host
`.trimStart(),
  );
});
