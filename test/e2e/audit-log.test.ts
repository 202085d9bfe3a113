import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { eventually } from '../support/eventually.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

const password = 'correct-horse-battery-staple';
const base64 = Buffer.from(password).toString('base64');
const where = ['--host', 'embedded', '--listen-port', '27550', '--disable', 'coredns'];
let folder: string;
let k3v: K3vProcess;
let kubectl: Awaited<ReturnType<typeof kubectlFor>>;

interface AuditEvent {
  level: string;
  verb: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: { resource: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code: number };
  requestObject?: { data?: Record<string, string> };
}

const logFolder = () => join(folder, 'k3v-data/audit');
const logged = async () => await readFile(join(logFolder(), 'audit.log'), 'utf8');

/** Resolves with the event of what was done to the object as soon as it is in the log. */
async function eventOf(verb: string, resource: string, name: string, subresource?: string): Promise<AuditEvent> {
  return await eventually(async () => {
    const lines = (await logged()).split('\n').filter(Boolean);
    const events = lines.map((line) => JSON.parse(line) as AuditEvent);
    const found = events.find(
      ({ verb: done, objectRef }) =>
        done === verb &&
        objectRef?.resource === resource &&
        objectRef.name === name &&
        objectRef.subresource === subresource,
    );
    if (!found) throw new Error(`the log holds no ${verb} of ${resource}/${name}`);
    return found;
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-audit-'));
  k3v = await startK3v(folder, [...where, '--audit-log']);
  kubectl = await kubectlFor(k3v.kubeconfig);
});

afterAll(async () => {
  await k3v?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

it('a request is logged with who, what and the outcome, but with no Secret, ConfigMap or token in it', async () => {
  await kubectl('create', 'secret', 'generic', 'login', `--from-literal=password=${password}`);
  await kubectl('get', 'secret', 'login', '-o', 'yaml');
  await kubectl('create', 'configmap', 'settings', `--from-literal=password=${password}`);
  const token = await kubectl('create', 'token', 'default');
  expect(await eventOf('create', 'secrets', 'login')).toMatchObject({
    level: 'Metadata',
    user: { username: 'kubernetes-admin' },
    objectRef: { namespace: 'default' },
    responseStatus: { code: 201 },
  });
  expect(await eventOf('get', 'secrets', 'login')).toMatchObject({ responseStatus: { code: 200 } });
  await eventOf('create', 'configmaps', 'settings');
  await eventOf('create', 'serviceaccounts', 'default', 'token');
  const log = await logged();
  for (const secret of [password, base64, token, token.split('.')[2] ?? token]) expect(log).not.toContain(secret);
});

it('k3v and the tenant, who are both cluster-admin, are told apart', async () => {
  expect(await eventOf('get', 'secrets', 'login')).toMatchObject({ userAgent: expect.stringContaining('kubectl/') });
  expect(await logged()).toContain(`"userAgent":"k3v/${version}"`);
});

it('nobody but the owner of the data directory can read the log', async () => {
  expect((await stat(logFolder())).mode & 0o777).toBe(0o700);
  expect((await stat(join(logFolder(), 'audit.log'))).mode & 0o777).toBe(0o600);
});

it('a policy file says what is logged from the next start on, and old logs go', async () => {
  const policy = join(folder, 'policy.yaml');
  const rules = '[{level: RequestResponse, resources: [{group: "", resources: [configmaps]}]}, {level: None}]';
  await writeFile(policy, `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: ${rules}\n`);
  await k3v.end('SIGTERM');
  const before = await logged();
  const limits = ['--audit-log-maxsize', '1', '--audit-log-maxbackup', '1'];
  k3v = await startK3v(folder, [...where, '--audit-policy-file', policy, ...limits]);
  expect(await logged()).toContain(before.slice(0, 200));
  await kubectl('create', 'secret', 'generic', 'other', `--from-literal=password=${password}`);
  await kubectl('create', 'configmap', 'shown', '--from-literal=colour=blue');
  expect(await eventOf('create', 'configmaps', 'shown')).toMatchObject({ requestObject: { data: { colour: 'blue' } } });
  expect(await logged()).not.toContain(base64);
  const large = join(folder, 'large');
  await writeFile(large, 'x'.repeat(450_000));
  for (const name of ['a', 'b', 'c', 'd']) await kubectl('create', 'configmap', name, `--from-file=${large}`);
  await eventually(async () => {
    const files = await readdir(logFolder());
    expect(files).toHaveLength(2);
    for (const file of files) expect((await stat(join(logFolder(), file))).mode & 0o777).toBe(0o600);
  });
});

it('a policy that is no policy ends the start before anything is started, and says where it is wrong', async () => {
  const policy = join(folder, 'wrong.yaml');
  await writeFile(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Everything}]\n');
  const refused = await runK3v(folder, [...where, '--data-dir', 'new', '--audit-policy-file', policy]);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('AUDIT_POLICY_BROKEN');
  expect(refused.stderr).toContain('rules[0].level is');
  expect(await readdir(folder)).not.toContain('new');
});
