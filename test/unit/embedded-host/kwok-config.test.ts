import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kwokConfig, simulatedLog } from '../../../src/embedded-host/kwok-config.ts';

const documents = parseAllDocuments(kwokConfig('/data/simulated.log')).map((document) => document.toJS());

test('pods that are not restarted for ever complete, whoever made them', () => {
  expect(documents[0]).toMatchObject({
    kind: 'Stage',
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: {
        matchExpressions: expect.arrayContaining([
          { key: '.spec.restartPolicy', operator: 'In', values: ['Never', 'OnFailure'] },
        ]),
      },
      next: { statusTemplate: expect.stringContaining('phase: Succeeded') },
    },
  });
});

test('the logs of every pod come from one file, in the format of container runtimes', () => {
  expect(documents[1]).toMatchObject({ kind: 'ClusterLogs', spec: { logs: [{ logsFile: '/data/simulated.log' }] } });
  expect(simulatedLog).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ stdout F .*simulated.*\n$/);
});
