import { resolve } from 'node:path';
import { type AuditLog, plainAuditPolicy } from '../audit/audit-log.ts';
import { parseAuditPolicy } from '../audit/parse-audit-policy.ts';
import { K3vError } from '../errors.ts';
import { readYamlFile } from './read-yaml-file.ts';
import { type Picked, isGiven } from './picked.ts';

/** The settings of the flags that say what is logged of requests, and where to. */
export interface AuditSettings {
  /** Undefined where nothing is said. */
  isOn: boolean | undefined;
  policyFile: Picked;
  path: Picked;
  maxage: Picked;
  maxbackup: Picked;
  maxsize: Picked;
}

/** Of three centuries of days an API server makes nanoseconds that are too many for it. */
const mostOfAll = 100_000;

/** Returns the audit log that the flags ask for; none without `--audit-log` or a policy. Throws FLAG_INVALID or AUDIT_POLICY_BROKEN. */
export function auditOf(settings: AuditSettings, dataDir: string): AuditLog | undefined {
  const { policyFile, path, maxage, maxbackup, maxsize } = settings;
  const isOn = settings.isOn ?? isGiven(policyFile);
  if (!isOn) {
    // What a --config file says of a log that is switched off elsewhere is no mistake.
    const given = settings.isOn === false ? undefined : [path, maxage, maxbackup, maxsize].find(isGiven);
    if (given === undefined) return undefined;
    throw new K3vError('FLAG_INVALID', `${given.from} is given without --audit-log`, {
      hint: 'Add --audit-log, or --audit-policy-file with a policy of your own.',
    });
  }
  if (path.value === '-') {
    throw new K3vError('FLAG_INVALID', `${path.from} is "-"`, { hint: 'It must be the path of a file.' });
  }
  return {
    file: isGiven(path) ? resolve(String(path.value)) : resolve(dataDir, 'audit', 'audit.log'),
    policy: isGiven(policyFile) ? readPolicy(String(policyFile.value)) : plainAuditPolicy,
    maxAgeDays: limitOf(maxage),
    maxBackups: limitOf(maxbackup),
    maxSizeMb: limitOf(maxsize),
  };
}

function limitOf({ value, from }: Picked): number {
  const limit = Number(value);
  if (/^\d+$/.test(String(value)) && limit <= mostOfAll) return limit;
  throw new K3vError('FLAG_INVALID', `${from} is ${JSON.stringify(value)}`, {
    hint: `It must be a number from 0 to ${mostOfAll}; 0 is no limit.`,
  });
}

function readPolicy(path: string): string {
  const broken = (why: string, cause?: unknown) =>
    new K3vError('AUDIT_POLICY_BROKEN', `the --audit-policy-file ${path} ${why}`, {
      hint: 'It must be a Policy of audit.k8s.io/v1, see https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/. Without one --audit-log logs no bodies.',
      cause,
    });
  const parsed = parseAuditPolicy(readYamlFile(path, broken));
  if ('wrong' in parsed) throw broken(`is no audit policy: ${parsed.wrong}`);
  return parsed.policy;
}
