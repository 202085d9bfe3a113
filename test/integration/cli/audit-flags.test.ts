import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainAuditPolicy } from '../../../src/audit/audit-log.ts';
import { readConfig } from '../../../src/cli/config.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'k3v-audit-flags-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const policy = '# mine\napiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Request, users: ["yes"]}]\n';

describe('requests are', () => {
  test('not logged by default', () => {
    expect(readConfig({}, {}).audit).toBeUndefined();
  });

  test('logged without bodies below the data directory when that is all that is said', () => {
    const plain = { policy: plainAuditPolicy, maxAgeDays: 30, maxBackups: 10, maxSizeMb: 100 };
    const file = resolve('/d/audit/audit.log');
    expect(readConfig({ 'audit-log': true, 'data-dir': '/d' }, {}).audit).toEqual({ ...plain, file });
    expect(readConfig({ 'data-dir': '/d' }, { K3V_AUDIT_LOG: 'true' }).audit).toEqual({ ...plain, file });
  });

  test('logged as a policy says, which alone is enough', () => {
    const path = file('policy.yaml', policy);
    const { audit } = readConfig({ 'audit-policy-file': path, 'audit-log-path': 'a.log', 'audit-log-maxage': '0' }, {});
    expect(audit).toMatchObject({ file: resolve('a.log'), maxAgeDays: 0 });
    expect(JSON.parse(audit?.policy ?? '')).toMatchObject({ rules: [{ level: 'Request', users: ['yes'] }] });
  });

  test('as the --config file says, unless a flag switches that off', () => {
    const path = file('policy.yaml', policy);
    const config = file('k3v.yaml', `audit-policy-file: ${path}\naudit-log-maxsize: 5\n`);
    expect(readConfig({ config }, {}).audit).toMatchObject({ maxSizeMb: 5 });
    expect(readConfig({ config, 'audit-log': false }, {}).audit).toBeUndefined();
    const open = file('open.yaml', `audit-policy-file: ${path}\naudit-log:\n`);
    expect(readConfig({ config: open }, {}).audit).toBeDefined();
  });
});

describe('is refused:', () => {
  test.each([
    ['--audit-log-path is given without --audit-log', { 'audit-log-path': 'a' }],
    ['--audit-log-maxbackup is given without --audit-log', { 'audit-log-maxbackup': '1' }],
    ['--audit-log-maxage is "30d"', { 'audit-log': true, 'audit-log-maxage': '30d' }],
    ['--audit-log-maxsize is "-1"', { 'audit-log': true, 'audit-log-maxsize': '-1' }],
    // Of more days the API server makes a time ahead, and removes every old log at once.
    ['--audit-log-maxage is "110000"', { 'audit-log': true, 'audit-log-maxage': '110000' }],
    // To the API server that is its standard output, which is no log for an admin to find.
    ['--audit-log-path is "-"', { 'audit-log': true, 'audit-log-path': '-' }],
  ])('%s', (message, flags) => {
    expect(() => readConfig(flags, {})).toThrow(
      expect.objectContaining({ code: 'FLAG_INVALID', message, hint: expect.any(String) }),
    );
  });

  test.each([
    ['a policy that does not exist', undefined, 'cannot be read: ENOENT'],
    ['one that is no YAML', 'a: {', 'cannot be read: '],
    ['one that is empty', '', 'is no audit policy: apiVersion is missing'],
    [
      'one with a mistyped level',
      policy.replace('Request', 'request'),
      'rules[0].level is "request", not one of None,',
    ],
  ])('%s', (_what, content, why) => {
    const path = content === undefined ? join(folder, 'none') : file('policy.yaml', content);
    expect(() => readConfig({ 'audit-policy-file': path }, {})).toThrow(
      expect.objectContaining({
        code: 'AUDIT_POLICY_BROKEN',
        message: expect.stringMatching(
          new RegExp(`^the --audit-policy-file ${path} [^\n]*${why.replace(/[[\]]/g, '\\$&')}`),
        ),
        hint: expect.stringContaining('audit.k8s.io/v1'),
      }),
    );
  });
});
