import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AuditLog, plainAuditPolicy } from '../../../src/audit/audit-log.ts';
import { prepareAuditLog } from '../../../src/control-plane/audit.ts';

let folder: string;
const policyFile = () => join(folder, 'control-plane/audit-policy.json');
const audit = (file = 'audit/audit.log'): AuditLog => ({
  file: join(folder, file),
  policy: plainAuditPolicy,
  maxAgeDays: 30,
  maxBackups: 10,
  maxSizeMb: 100,
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-audit-'));
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

it('makes a log that its owner alone can read, in a folder of its own, and tells the API server of it', async () => {
  expect(await prepareAuditLog(audit(), policyFile())).toEqual({
    'audit-policy-file': policyFile(),
    'audit-log-path': audit().file,
    'audit-log-maxage': 30,
    'audit-log-maxbackup': 10,
    'audit-log-maxsize': 100,
  });
  expect(await readFile(policyFile(), 'utf8')).toBe(plainAuditPolicy);
  expect((await stat(audit().file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'audit'))).mode & 0o777).toBe(0o700);
});

it('goes on with the log of the last run', async () => {
  await prepareAuditLog(audit(), policyFile());
  await writeFile(audit().file, 'before\n');
  await prepareAuditLog(audit(), policyFile());
  expect(await readFile(audit().file, 'utf8')).toBe('before\n');
});

it('says so at once when the log cannot be written', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(prepareAuditLog(audit('file/audit.log'), policyFile())).rejects.toMatchObject({
    code: 'FLAG_INVALID',
    message: expect.stringContaining(`${join(folder, 'file/audit.log')} cannot be written: `),
    hint: expect.stringContaining('--audit-log-path'),
  });
});

it('names a size that is never reached where no new log is to be begun, as older API servers take 0 for 100', async () => {
  const endless = { ...audit(), maxSizeMb: 0 };
  expect(await prepareAuditLog(endless, policyFile())).toMatchObject({ 'audit-log-maxsize': 1_000_000 });
});

it('does nothing where nothing is to be logged', async () => {
  expect(await prepareAuditLog(undefined, policyFile())).toEqual({});
});
