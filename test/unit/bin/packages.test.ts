import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whyInstall } from '../../../bin/packages.mjs';

type Lock = Record<string, { version?: string; integrity?: string; resolved?: string } & Record<string, unknown>>;

const lock: Lock = {
  '': { version: '1.0.0' },
  'node_modules/level': { version: '10.0.0', integrity: 'sha512-a' },
  'node_modules/level/node_modules/deep': { version: '1.0.0', integrity: 'sha512-b' },
  'node_modules/vitest': { version: '5.0.0', integrity: 'sha512-c', dev: true },
  'node_modules/node-bin-win': { version: '24.0.0', integrity: 'sha512-d', optional: true },
};
const { '': _root, 'node_modules/node-bin-win': _other, ...asInstalled } = lock;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'k3v-packages-'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (file: string, packages: Lock) => writeFileSync(join(root, file), JSON.stringify({ packages }));
/** Why packages would be installed if `installed` lay in node_modules. */
function whyWith(installed: Lock | undefined, { dev = true } = {}) {
  write('package-lock.json', lock);
  if (installed) write('node_modules/.package-lock.json', installed);
  return whyInstall(root, { dev });
}

describe('packages are', () => {
  test('not installed again if they are those of the lock, less those of other platforms', () => {
    expect(whyWith(asInstalled)).toBeUndefined();
  });

  test('installed where there are none, or an installation was broken off', () => {
    expect(whyWith(undefined)).toBe('there are none yet');
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{');
    expect(whyInstall(root, { dev: true })).toBe('there are none yet');
  });

  test('installed again if one was added to the lock, updated, made anew or taken out of it', () => {
    const { 'node_modules/level/node_modules/deep': _, ...without } = asInstalled;
    expect(whyWith(without)).toBe('deep is missing');
    const level = { version: '9.0.0', integrity: 'sha512-old' };
    expect(whyWith({ ...asInstalled, 'node_modules/level': level })).toBe(
      'level is 9.0.0, package-lock.json asks for 10.0.0',
    );
    expect(whyWith({ ...asInstalled, 'node_modules/level': { ...level, version: '10.0.0' } })).toContain('level is');
    expect(whyWith({ ...asInstalled, 'node_modules/gone': level })).toBe('gone is not in package-lock.json');
  });

  test('enough to run k3v without those of development', () => {
    const { 'node_modules/vitest': _, ...production } = asInstalled;
    expect(whyWith(production, { dev: false })).toBeUndefined();
    expect(whyWith(production)).toBe('vitest is missing');
  });

  test('none of our business where there is no lock, as in an installed k3v', () => {
    expect(whyInstall(root, { dev: false })).toBeUndefined();
  });
});
