import { expect, it } from 'vitest';
import type { Check } from '../../../src/doctor/check.ts';
import { checks } from '../../../src/doctor/checks.ts';
import { NotTried, ok } from '../../../src/doctor/finding.ts';
import { type CheckReport, runChecks } from '../../../src/doctor/run-checks.ts';
import { findingsJson, hasFailed, showFindings } from '../../../src/cli/show-findings.ts';
import { noPaint } from '../../../src/cli/paint.ts';
import { K3vError } from '../../../src/errors.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { doctorFacts, unhurried } from '../../support/doctor-facts.ts';

const throwing = (name: string, error: unknown): Check => ({
  name,
  run: async () => {
    throw error;
  },
});
async function reportsOf(...some: Check[]): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for await (const report of runChecks(some, doctorFacts(), unhurried)) reports.push(report);
  return reports;
}

it('none of them keeps another from being made, whatever it ends with', async () => {
  const reports = await reportsOf(
    throwing('a', new K3vError('HOST_TOO_OLD', 'too old', { hint: 'Upgrade it.' })),
    throwing('b', new NotTried('there is no host')),
    throwing('c', new ConnectionError('reset')),
    throwing('d', new StatusError(500, { message: 'etcd is away' })),
    throwing('e', new TypeError('x is undefined')),
    { name: 'f', run: async () => [ok('fine')] },
  );
  expect(reports.map(({ name, findings }) => [name, ...findings])).toEqual([
    ['a', { status: 'fail', what: 'too old', todo: 'Upgrade it.' }],
    ['b', { status: 'skip', what: 'not tried: there is no host' }],
    ['c', { status: 'skip', what: 'not tried: the host has gone away: reset' }],
    ['d', { status: 'fail', what: 'the host says: etcd is away', todo: expect.any(String) }],
    ['e', { status: 'fail', what: 'this is a bug in k3v: x is undefined', todo: expect.any(String) }],
    ['f', { status: 'ok', what: 'fine' }],
  ]);
});

it('one that hangs is given up after its time, and told so', async () => {
  let signal: AbortSignal | undefined;
  const hanging: Check = {
    name: 'a',
    timeoutMs: 20,
    run: async (_facts, given) => await new Promise(() => (signal = given)),
  };
  const [report] = await reportsOf(hanging);
  expect(report?.findings).toMatchObject([{ status: 'fail', what: 'it was not found out within 0.02 seconds' }]);
  expect(signal?.aborted).toBe(true);
});

it('what was found is shown line by line, with what to do below it, and as JSON', () => {
  const reports = [
    { name: 'host', findings: [ok('answers'), { status: 'warn' as const, what: 'is old', todo: 'Upgrade it.' }] },
    { name: 'pod reach', findings: [{ status: 'skip' as const, what: 'not tried' }] },
  ];
  expect(reports.map((report) => showFindings(report, noPaint)).join('')).toBe(
    `✓ host           answers
!                is old
                 → Upgrade it.
- pod reach      not tried
`,
  );
  expect(JSON.parse(findingsJson(reports))).toEqual({
    ok: true,
    findings: [
      { check: 'host', status: 'ok', what: 'answers' },
      { check: 'host', status: 'warn', what: 'is old', todo: 'Upgrade it.' },
      { check: 'pod reach', status: 'skip', what: 'not tried' },
    ],
  });
  const failed = [{ name: 'a', findings: [{ status: 'fail' as const, what: 'b', todo: 'c' }] }];
  expect([hasFailed(reports), hasFailed(failed)]).toEqual([false, true]);
  expect(JSON.parse(findingsJson(failed))).toMatchObject({ ok: false });
});

it('each has a name of its own that fits its column', () => {
  const names = checks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name.length).toBeLessThan(15);
});
