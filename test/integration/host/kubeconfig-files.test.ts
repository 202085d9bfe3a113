import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubeconfigsIn, standardKubeconfig, writtenKubeconfig } from '../../../src/host/kubeconfig-files.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-kubeconfig-files-'));
});

afterAll(async () => await rm(folder, { recursive: true }));

it('a list of kubeconfigs may have gaps, or be none', () => {
  expect(kubeconfigsIn(['a', '', 'b'].join(delimiter))).toEqual(['a', 'b']);
  expect(kubeconfigsIn('')).toEqual([]);
  expect(kubeconfigsIn(undefined)).toEqual([]);
});

it('the standard kubeconfig is in the home folder, whatever the system calls that', () => {
  expect(standardKubeconfig({ HOME: folder, USERPROFILE: 'elsewhere' })).toBe(join(folder, '.kube/config'));
  expect(standardKubeconfig({ USERPROFILE: folder })).toBe(join(folder, '.kube/config'));
});

it('the kubeconfig that kubectl would write is the first of KUBECONFIG that is there, else its last, else the standard one', async () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  expect(writtenKubeconfig({ USERPROFILE: folder, KUBECONFIG: '' })).toBe(join(folder, '.kube/config'));
  expect(writtenKubeconfig({ HOME: folder, KUBECONFIG: [a, b].join(delimiter) })).toBe(b);
  await writeFile(a, '');
  await writeFile(b, '');
  expect(writtenKubeconfig({ HOME: folder, KUBECONFIG: [a, b].join(delimiter) })).toBe(a);
});
