import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refuseOwnKubeconfig } from '../../../src/host/refuse-own-kubeconfig.ts';

let folder: string;
let own: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3v-own-'));
  own = join(folder, 'kubeconfig.yaml');
  writeFileSync(own, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const code = (source: string, writeKubeconfig = own) => {
  try {
    refuseOwnKubeconfig({ source }, writeKubeconfig);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return undefined;
};

test('a host found by the file that k3v writes is refused, by whatever path and among others', () => {
  const link = join(folder, 'link');
  symlinkSync(own, link);
  const other = join(folder, 'other');
  writeFileSync(other, '');
  expect(code(own)).toBe('HOST_CONFIG_OWN');
  expect(code(link)).toBe('HOST_CONFIG_OWN');
  expect(code([other, own].join(delimiter))).toBe('HOST_CONFIG_OWN');
});

test('any other host is not, nor one where nothing has been written yet', () => {
  const other = join(folder, 'other');
  writeFileSync(other, '');
  expect(code(other)).toBeUndefined();
  expect(code('in-cluster')).toBeUndefined();
  expect(code(join(folder, 'none'), join(folder, 'none'))).toBeUndefined();
});
