import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requiredVersion } from '../../licences/go-projects.ts';
import { licencesPage } from '../../licences/licences-page.ts';
import { isPermissive, lockedPackages, readLock } from '../../../packaging/release/npm-packages.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };

test('docs/licences.md lists what is locked and pinned; npm run licences writes it', () => {
  expect(read('docs/licences.md')).toBe(licencesPage(root));
});

test('every package of k3v is under a permissive licence', () => {
  const packages = readLock(root).filter(({ isDev }) => !isDev);
  expect(packages.filter(({ licence }) => !isPermissive(licence))).toEqual([]);
  expect(packages.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
});

test('what is for development is permissive, or asks only that changes to itself be shown', () => {
  const installed = readLock(root).filter(({ isDev, isOptional, licence }) => isDev && !(isOptional && licence === ''));
  expect(installed.filter(({ licence }) => !isPermissive(licence) && licence !== 'MPL-2.0')).toEqual([]);
});

test('the README says of each dependency what it is there for, and how many packages come with them', () => {
  const [, section = ''] = /^## Dependencies\n(.*)/ms.exec(read('README.md')) ?? [];
  const rows = [...section.matchAll(/^\| `([^`]+)` \| (.{20,}) \|$/gm)].map(([, name]) => name);
  expect(new Set(rows)).toEqual(new Set(Object.keys(manifest.dependencies)));
  const packages = readLock(root).filter(({ isDev }) => !isDev);
  expect(section).toContain(`${rows.length} packages`);
  expect(section).toContain(`${packages.length} with all`);
});

describe('a licence', () => {
  test.each([
    ['MIT', true],
    ['MIT OR GPL-3.0-only', true],
    ['(MIT AND ISC)', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only', false],
    ['', false],
  ])('%s: permissive is %s', (licence, expected) => {
    expect(isPermissive(licence)).toBe(expected);
  });
});

test('a package that k3v needs and development too is one of k3v', () => {
  const packages = {
    '': { name: 'k3v' },
    'node_modules/a': { version: '1.0.0', license: 'MIT', dev: true },
    'node_modules/b/node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/@c/d': { version: '2.0.0', dev: true, optional: true },
  };
  expect(lockedPackages({ packages })).toEqual([
    { name: '@c/d', version: '2.0.0', licence: '', isDev: true, isOptional: true, path: 'node_modules/@c/d' },
    {
      name: 'a',
      version: '1.0.0',
      licence: 'MIT',
      isDev: false,
      isOptional: false,
      path: 'node_modules/b/node_modules/a',
    },
  ]);
});

test('a version is found in a go.mod wherever it is required', () => {
  const goMod = 'module x\n\nrequire k8s.io/kubernetes v1.36.3\n\nrequire (\n\ta.io/kine v0.16.4 // indirect\n)\n';
  expect(requiredVersion(goMod, 'k8s.io/kubernetes')).toBe('v1.36.3');
  expect(requiredVersion(goMod, 'a.io/kine')).toBe('v0.16.4');
  expect(requiredVersion(goMod, 'a.io')).toBeUndefined();
});
