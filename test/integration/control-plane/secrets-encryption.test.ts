import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileExists } from '../../../src/file-exists.ts';
import { prepareSecretsEncryption } from '../../../src/control-plane/secrets-encryption.ts';

let folder: string;
const files = () => ({
  keyFile: join(folder, 'pki/e.key'),
  recordFile: join(folder, 'control-plane/e.sha256'),
  file: join(folder, 'pki/e.yaml'),
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-encryption-'));
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function providers(): Promise<string[]> {
  const { resources } = parse(await readFile(files().file, 'utf8')) as { resources: { providers: object[] }[] };
  return (resources[0]?.providers ?? []).flatMap((each) => Object.keys(each));
}

it('makes a key once, readable by its owner only, writes with it and reads plain text, too', async () => {
  expect(await prepareSecretsEncryption(true, files())).toEqual({ 'encryption-provider-config': files().file });
  const key = await readFile(files().keyFile, 'utf8');
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect((await stat(files().keyFile)).mode & 0o777).toBe(0o600);
  expect((await stat(files().file)).mode & 0o777).toBe(0o600);
  expect(await providers()).toEqual(['secretbox', 'identity']);
  await prepareSecretsEncryption(true, files());
  expect(await readFile(files().keyFile, 'utf8')).toBe(key);
});

it('writes plain text when told to, and still reads what was encrypted', async () => {
  await prepareSecretsEncryption(true, files());
  await prepareSecretsEncryption(false, files());
  expect(await providers()).toEqual(['identity', 'secretbox']);
});

it('leaves a cluster alone that never encrypts', async () => {
  expect(await prepareSecretsEncryption(false, files())).toEqual({});
  expect(await fileExists(files().keyFile)).toBe(false);
});

it.each([
  ['torn', async () => await writeFile(files().keyFile, 'torn')],
  ['another', async () => await writeFile(files().keyFile, `${Buffer.alloc(32).toString('base64')}\n`)],
  ['missing', async () => await rm(files().keyFile)],
])('does not put a new key in the place of one that is %s', async (_, spoil) => {
  await prepareSecretsEncryption(true, files());
  await spoil();
  for (const encrypts of [true, false]) {
    await expect(prepareSecretsEncryption(encrypts, files())).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_BROKEN' });
  }
});
