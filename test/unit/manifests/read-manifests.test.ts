import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readManifests } from '../../../src/manifests/read-manifests.ts';

let folder: string;
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const namesIn = async (...paths: string[]) => (await readManifests(paths)).map(({ object }) => object.metadata.name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3v-manifests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads documents and lists, in the order of names, from files and whole folders', async () => {
  write('b.yaml', `---\n${configMap('b1')}---\n# nothing\n---\n${configMap('b2')}`);
  write(
    'a.json',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }],
    }),
  );
  write('notes.txt', 'not: [yaml');
  mkdirSync(join(folder, 'c'));
  write('c/c.yml', configMap('c'));
  const other = write('other', configMap('other'));
  expect(await namesIn(folder)).toEqual(['a', 'b1', 'b2', 'c']);
  expect(await namesIn(other, join(folder, 'c'))).toEqual(['other', 'c']);
});

it('reads each file of a mounted ConfigMap once', async () => {
  mkdirSync(join(folder, '..2026'));
  write('..2026/a.yaml', configMap('a'));
  symlinkSync('..2026', join(folder, '..data'));
  symlinkSync('..data/a.yaml', join(folder, 'a.yaml'));
  expect(await namesIn(folder)).toEqual(['a']);
});

it.each([
  ['a: [1', 'is not YAML: '],
  ['- a', 'has in the document at line 1 no apiVersion or no kind'],
  [`${configMap('a')}---\nkind: Pod\n`, 'has in the document at line 4 no apiVersion or no kind'],
  ['apiVersion: v1\nkind: Pod\nmetadata: { generateName: a- }', 'a Pod without metadata.name'],
  ['apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: 1 }', 'a Pod whose metadata.namespace is no text'],
])('refuses %j', async (text, why) => {
  const file = write('wrong.yaml', text);
  await expect(readManifests([folder])).rejects.toMatchObject({
    code: 'MANIFEST_BROKEN',
    message: expect.stringContaining(`${file} of --manifests `) as unknown,
  });
  await expect(readManifests([file])).rejects.toThrow(why);
});

it('refuses what is not there, and the same object twice, but not one of the same name elsewhere', async () => {
  await expect(readManifests([join(folder, 'none')])).rejects.toThrow('of --manifests cannot be read: ENOENT');
  write('a.yaml', configMap('a'));
  write('b.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: b }\n');
  expect(await namesIn(folder)).toEqual(['a', 'a']);
  write('c.yaml', configMap('a'));
  await expect(readManifests([folder])).rejects.toThrow(`has ConfigMap a, and so has ${join(folder, 'a.yaml')}`);
});

it('tells nothing of what stands in a file that is not YAML', async () => {
  const file = write('secret.yaml', 'data:\n  password: "hunter2\n');
  const error: unknown = await readManifests([file]).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('is not YAML');
  expect(String(error)).not.toContain('hunter2');
});
