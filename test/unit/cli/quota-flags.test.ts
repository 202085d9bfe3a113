import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';

const quota = new Map([
  ['cpu', 4000],
  ['memory', 2 ** 33],
]);

it('takes a quota from flags and variables, and from a file as a text, a list or a map', () => {
  expect(readConfig({}, {})).toMatchObject({ quota: undefined, containerDefaults: undefined });
  expect(readConfig({ quota: ['cpu=4', 'memory=8Gi'] }, {}).quota).toEqual(quota);
  expect(readConfig({}, { K3V_QUOTA: 'cpu=4, memory=8Gi' }).quota).toEqual(quota);
  const folder = mkdtempSync(join(tmpdir(), 'k3v-quota-'));
  try {
    for (const text of ['cpu=4,memory=8Gi', '[cpu=4, memory=8Gi]', '{ cpu: 4, memory: 8Gi }']) {
      const config = join(folder, 'k3v.yaml');
      writeFileSync(config, `quota: ${text}\n`);
      expect(readConfig({ config }, {}).quota).toEqual(quota);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('gives containers requests of what the quota names', () => {
  expect(readConfig({ quota: ['cpu=4'], 'default-requests': ['memory=1Gi'] }, {}).containerDefaults).toEqual({
    requests: new Map([
      ['cpu', 100],
      ['memory', 2 ** 30],
    ]),
    limits: new Map(),
  });
});

it.each([
  [{ quota: ['cpus=4'] }, '--quota names "cpus", which it cannot limit (did you mean "cpu"?)'],
  [{ quota: ['pods'] }, '--quota has "pods"'],
  [{ 'default-limits': ['pods=1'] }, '--default-limits names "pods", which it cannot limit'],
  [
    { 'default-requests': ['cpu=2'], 'default-limits': ['cpu=500m'] },
    '--default-requests has cpu=2, but --default-limits has cpu=500m',
  ],
])('refuses %j', (given, message) => {
  expect(() => readConfig(given, {})).toThrow(
    expect.objectContaining({
      code: 'FLAG_INVALID',
      message,
      hint: expect.stringMatching(/^(It must be |A container)/),
    }),
  );
});
