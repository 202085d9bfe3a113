import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flags } from '../../../src/cli/flags.ts';

const readme = readFileSync(join(import.meta.dirname, '..', '..', '..', 'README.md'), 'utf8');
const rows = [...readme.matchAll(/^\| `--([a-z0-9-]+)` \| (.*?) ?\| (.+?) \|$/gm)];

test('every flag stands in the README, once, and no other does', () => {
  expect(new Set(rows.map(([, name]) => name))).toEqual(new Set(Object.keys(flags)));
  expect(rows).toHaveLength(Object.keys(flags).length);
});

const presets = Object.entries(flags).flatMap(([name, flag]) =>
  flag.default === undefined ? [] : [[name, flag.default]],
);

test.each(presets)('the README tells that --%s is %s by default', (name, preset) => {
  const [, , told] = rows.find(([, each]) => each === name) ?? [];
  expect(told).toBe(`\`${String(preset)}\``);
});

const oldNames = Object.entries(flags).flatMap(([name, { oldEnv = [] }]) => oldEnv.map((variable) => [name, variable]));

test.each(oldNames)('the README tells that --%s is also %s', (name, variable) => {
  const [, , , meaning] = rows.find(([, each]) => each === name) ?? [];
  expect(meaning).toContain(`\`${variable}\``);
});
