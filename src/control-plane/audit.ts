import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditLog } from '../audit/audit-log.ts';
import { diskFull } from '../disk-full.ts';
import { K3vError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/** A size that no log gets to. Of 0, which is no limit in 1.36, older API servers make 100. */
const endlessMb = 1_000_000;

/**
 * Writes the policy of `audit` to `policyFile`, makes the log, and returns the flags of the API server that go with them; none without an audit log. Rejects with FLAG_INVALID or
 * DISK_FULL if the log cannot be written: the API server would end without saying so at once.
 */
export async function prepareAuditLog(
  audit: AuditLog | undefined,
  policyFile: string,
): Promise<Record<string, string | number>> {
  if (audit === undefined) return {};
  const { file, policy, maxAgeDays, maxBackups, maxSizeMb } = audit;
  await writeFileAtomically(policyFile, policy);
  await makeLog(file);
  return {
    'audit-policy-file': policyFile,
    'audit-log-path': file,
    'audit-log-maxage': maxAgeDays,
    'audit-log-maxbackup': maxBackups,
    'audit-log-maxsize': maxSizeMb === 0 ? endlessMb : maxSizeMb,
  };
}

/** What is rotated in gets the mode of the file before it. */
async function makeLog(file: string): Promise<void> {
  try {
    await makeFolder(dirname(file), 0o700);
    await (await open(file, 'a', 0o600)).close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const full = diskFull(error, file);
    if (full) throw full;
    throw new K3vError('FLAG_INVALID', `the audit log ${file} cannot be written: ${error.message}`, {
      hint: 'Choose a file that this user may write with --audit-log-path.',
      cause: error,
    });
  }
}
