import { describe, expect, it } from 'vitest';
import { parseGinkgoReport, type SpecReport } from '../../conformance/ginkgo-report.ts';
import { resultOf, specOf } from '../../conformance/spec.ts';

const report: SpecReport = {
  name: '[sig-node] Pods should be fine [Conformance]',
  labels: ['Conformance'],
  state: 'passed',
  attempts: 1,
  seconds: 3,
  message: '',
  output: '',
};

describe('a report of ginkgo', () => {
  const spec = {
    ContainerHierarchyTexts: ['[sig-node] Pods', ''],
    ContainerHierarchyLabels: [['sig-node'], []],
    LeafNodeType: 'It',
    LeafNodeLabels: ['Conformance'],
    LeafNodeText: 'should be fine [Conformance]',
    State: 'failed',
    RunTime: 2_600_000_000,
    NumAttempts: 1,
    Failure: { Message: 'not fine', FailureNodeContext: 'leaf' },
    CapturedGinkgoWriterOutput: 'STEP',
  };

  it('tells of each spec', () => {
    expect(parseGinkgoReport(JSON.stringify([{ SpecReports: [spec] }]))).toEqual([
      {
        name: '[sig-node] Pods should be fine [Conformance]',
        labels: ['sig-node', 'Conformance'],
        state: 'failed',
        attempts: 1,
        seconds: 3,
        message: 'not fine',
        output: 'STEP',
      },
    ]);
  });

  it('has steps of the suite that are no specs', () => {
    const suite = [{ SpecReports: [{ ...spec, LeafNodeType: 'SynchronizedBeforeSuite' }] }, { SpecReports: null }];
    expect(parseGinkgoReport(JSON.stringify(suite))).toEqual([]);
  });

  it('is refused if it is none', () => {
    expect(() => parseGinkgoReport('{}')).toThrow('no list of suites');
  });
});

describe('a spec', () => {
  it('has the group of its name', () => {
    expect(specOf(report)).toEqual({ name: report.name, sig: 'sig-node', serial: false });
    expect(specOf({ ...report, name: 'nobody' }).sig).toBe('none');
  });

  it.each([{ labels: ['Serial'] }, { labels: ['Disruptive'] }, { name: '[sig-apps] Daemon set [Serial] should run' }])(
    'is alone with %o',
    (part) => {
      expect(specOf({ ...report, ...part }).serial).toBe(true);
    },
  );
});

describe('the result of a spec', () => {
  it.each<[string, Partial<SpecReport>, string, string]>([
    ['that passed', {}, 'passed', ''],
    ['that failed', { state: 'failed', message: '\n  no pod\nmore' }, 'failed', '  no pod'],
    ['that panicked', { state: 'panicked', message: 'nil' }, 'failed', 'nil'],
    ['that ran into its own time limit', { state: 'timedout', message: 'late' }, 'failed', 'late'],
    ['that skipped itself', { state: 'skipped', message: 'no ssh' }, 'skipped', 'no ssh'],
    [
      'for which a node pulled an image in vain',
      { state: 'failed', message: 'timeout', output: 'Failed to pull image "a/b:1": no network' },
      'no-image',
      'a/b:1',
    ],
    [
      'with an image that may not be pulled',
      { state: 'failed', message: 'timeout', output: 'Container image "c:2" is not present with pull policy of Never' },
      'no-image',
      'c:2',
    ],
    ['with a long reason', { state: 'failed', message: 'x'.repeat(300) }, 'failed', `${'x'.repeat(200)}…`],
  ])('%s', (_, part, outcome, reason) => {
    expect(resultOf({ ...report, ...part })).toEqual({ name: report.name, outcome, reason, seconds: 3 });
  });

  it.each<Partial<SpecReport>>([{ state: 'skipped', attempts: 0 }, { state: 'interrupted' }, { state: 'aborted' }])(
    'is still to come with %o',
    (part) => {
      expect(resultOf({ ...report, ...part })).toBeUndefined();
    },
  );
});
