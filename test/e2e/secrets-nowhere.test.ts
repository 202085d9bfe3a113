import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseProcessIdentity } from '../../src/control-plane/process-identity.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { ifMissing } from '../../src/if-missing.ts';
import { currentOf, parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { applyWith } from '../support/apply.ts';
import { childPid } from '../support/control-plane-pids.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, kubectlProgram, runK3v, startK3v } from '../support/k3v-process.ts';
import { processTree } from '../support/process-tree.ts';
import { findSecrets, type Place, type PlantedSecret, plantedSecret } from '../support/secret-search.ts';

type Kubectl = Awaited<ReturnType<typeof kubectlFor>>;

const namespace = 'team';
const port = 27_552;
const patience = { timeoutMs: 120_000, everyMs: 500 };
const values = {
  password: 'value-of-a-secret-4711',
  registry: 'password-of-a-registry-4712',
  command: 'argument-of-a-command-4713',
  badToken: 'token-that-is-refused-4714',
  hostToken: 'token-the-host-refuses-4715',
  brokenToken: 'token-in-a-broken-file-4716',
};

let folder: string;
let host: EmbeddedHost;
let hostKubectl: Kubectl;
let kubectl: Kubectl;
let k3v: K3vProcess;
let secrets: PlantedSecret[];
/** What was written by commands that failed, and by others that show no secrets. */
const said: Place[] = [];

const dataDir = () => join(folder, 'k3v-data');
const run = async (where: string, ...args: string[]) => {
  const { stdout, stderr, exitCode } = await runK3v(folder, args);
  said.push({ place: where, text: `${stdout}\n${stderr}` });
  return exitCode;
};

/** The line in the middle of a PEM text, which its base64 never breaks at. */
const middleOf = (pem: string) => pem.trim().split('\n').slice(1, -1).join('\n').slice(40, 60);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-secrets-nowhere-'));
  const environment = { dataDir: join(folder, 'host'), cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  host = await startEmbeddedHost(environment, new AbortController().signal);
  hostKubectl = await kubectlFor(host.kubeconfigPath);
  await hostKubectl('create', 'namespace', namespace);
  const { kubeconfig } = await applyHostRole({ hostKubeconfig: host.kubeconfigPath, namespace, folder });
  const flags = ['--listen-port', String(port), '--disable', 'coredns', '--audit-log'];
  k3v = await startK3v(folder, ['--kubeconfig', kubeconfig, ...flags]);
  kubectl = await kubectlFor(k3v.kubeconfig);

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tenantPem = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
    type: 'pkcs8',
    format: 'pem',
  });
  await workOn(String(tenantPem));
  const token = (await kubectl('create', 'token', 'default')).split('.');
  const userFile = join(folder, 'user.yaml');
  await run('k3v kubeconfig --user', 'kubeconfig', '--user', 'ci', '--to', userFile);
  await run('k3v kubeconfig --token', 'kubeconfig', '--token', 'default/default', '--to', join(folder, 'account.yaml'));
  const hostToken = (await userOf(kubeconfig))?.token?.split('.') ?? [];
  secrets = [
    plantedSecret('the value of a Secret', values.password),
    plantedSecret('the password of a registry', values.registry),
    plantedSecret('the argument of a command', values.command),
    plantedSecret('a token that was refused', values.badToken),
    plantedSecret('a token that the host refused', values.hostToken),
    plantedSecret('a token in a file that is broken', values.brokenToken),
    plantedSecret('the key in a Secret', middleOf(String(tenantPem))),
    plantedSecret('the token of a service account', token[2] ?? ''),
    plantedSecret("k3v's token of the host", hostToken[2] ?? ''),
    plantedSecret('the key in kubeconfig.yaml', await keyIn(k3v.kubeconfig)),
    plantedSecret('the key of another user', await keyIn(userFile)),
    ...(await ownKeys()),
  ];
  await failInManyWays(kubeconfig);
});

afterAll(async () => {
  await k3v?.end('SIGTERM');
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function userOf(file: string) {
  return currentOf(parseKubeconfig(await readFile(file, 'utf8'))).user;
}

async function keyIn(file: string): Promise<string> {
  return middleOf(Buffer.from((await userOf(file))?.keyData ?? '', 'base64').toString());
}

/** All that k3v has made for itself: keys, and what Secrets are encrypted with. */
async function ownKeys(): Promise<PlantedSecret[]> {
  const names = (await readdir(join(dataDir(), 'pki'))).filter((name) => name.endsWith('.key'));
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(dataDir(), 'pki', name), 'utf8');
      return plantedSecret(`pki/${name}`, text.startsWith('-----') ? middleOf(text) : text.trim());
    }),
  );
}

/** Has a tenant work with Secrets, tokens and what asks for them. */
async function workOn(pem: string): Promise<void> {
  const secret = (name: string, type: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    type,
    stringData,
  });
  const dockerConfig = { auths: { 'registry.example': { username: 'ci', password: values.registry } } };
  const pod = {
    imagePullSecrets: [{ name: 'registry' }],
    containers: [
      {
        name: 'main',
        image: 'nginx',
        envFrom: [{ secretRef: { name: 'login' } }],
        volumeMounts: [{ name: 'keys', mountPath: '/keys' }],
      },
    ],
    volumes: [{ name: 'keys', secret: { secretName: 'keys' } }],
  };
  const labels = { app: 'web' };
  await applyWith(kubectl, folder, [
    secret('login', 'Opaque', { password: values.password }),
    secret('keys', 'Opaque', { 'tls.key': pem }),
    secret('registry', 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': JSON.stringify(dockerConfig) }),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
  ]);
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=120s');
  const kinds = async () => await hostKubectl('-n', namespace, 'get', 'secrets', '-o', 'name');
  for (const name of ['login', 'keys', 'registry']) {
    await eventually(async () => expect(await kinds()).toContain(`secret/${name}-default-`), patience);
  }
  // The host's quota refuses what comes from now on: pods, and the Secrets with their tokens.
  await hostKubectl('-n', namespace, 'create', 'quota', 'full', '--hard=count/secrets=1,pods=2');
  await kubectl('scale', 'deployment/web', '--replicas=3');
  const events = async () => await kubectl('get', 'events', '-o', 'name', '--field-selector', 'type=Warning');
  await eventually(async () => expect(await events()).not.toBe(''), patience);
}

/** Makes requests, commands, the host and the children of k3v fail. */
async function failInManyWays(kubeconfig: string): Promise<void> {
  const program = await kubectlProgram();
  const fails = async (where: string, ...args: string[]) => {
    const { stdout, stderr, exitCode } = await execa(program, args, { reject: false });
    expect(exitCode).not.toBe(0);
    said.push({ place: where, text: `${stdout}\n${stderr}` });
  };
  const server = [`--server=https://127.0.0.1:${port}`, '--insecure-skip-tls-verify', '--kubeconfig=/dev/null'];
  await fails('kubectl with a bad token', ...server, `--token=${values.badToken}`, 'get', 'pods');
  const as = ['--kubeconfig', k3v.kubeconfig];
  await fails('kubectl exec', ...as, 'exec', 'deployment/web', '--', 'sh', '-c', `echo ${values.command}`);
  await fails('kubectl exec in no pod', ...as, 'exec', 'none', '--', 'sh', '-c', `echo ${values.command}`);
  await execa(program, [...as, 'logs', 'deployment/web'], { reject: false });

  const refused = join(folder, 'refused.yaml');
  const restricted = await readFile(kubeconfig, 'utf8');
  const { token = '' } = (await userOf(kubeconfig)) ?? {};
  await writeFile(refused, restricted.replace(token, values.hostToken));
  const elsewhere = ['--data-dir', 'other', '--listen-port', String(port + 2)];
  expect(await run('k3v with a bad token', ...elsewhere, '--kubeconfig', refused)).toBe(1);
  const broken = join(folder, 'broken.yaml');
  await writeFile(broken, `${stringify({ users: [] })}- token: ${values.brokenToken}: [\n`);
  expect(await run('k3v with a broken kubeconfig', ...elsewhere, '--kubeconfig', broken)).toBe(1);
  expect(await run('k3v with a broken config', ...elsewhere, '--config', broken)).toBe(1);
  expect(await run('a second k3v', '--kubeconfig', kubeconfig)).toBe(1);
  expect(await run('k3v kubeconfig refused', 'kubeconfig', '--user', 'x', '--group', 'system:masters')).toBe(1);
  expect(await run('k3v status', 'status')).toBe(0);
  expect(await run('k3v status -o json', 'status', '-o', 'json')).toBe(0);
  expect(await run('k3v snapshot save', 'snapshot', 'save', 'one')).toBe(0);
  expect(await run('k3v snapshot save again', 'snapshot', 'save', 'one')).toBe(1);

  const identity = await readFile(join(folder, 'host/embedded-host/run/kube-apiserver.pid'), 'utf8');
  process.kill(parseProcessIdentity(identity)?.pid ?? 0, 'SIGKILL');
  const killed = await childPid(folder, 'kube-apiserver');
  process.kill(killed ?? 0, 'SIGKILL');
  await eventually(async () => expect(await childPid(folder, 'kube-apiserver')).not.toBe(killed), patience);
  await eventually(
    async () => await kubectl('create', 'secret', 'generic', 'last', `--from-literal=a=${values.password}`),
    patience,
  );
  await hostKubectl('-n', namespace, 'delete', 'quota', 'full');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=120s');
}

it('each is long enough to be looked for', () => {
  expect(secrets.length).toBeGreaterThan(20);
  expect(secrets.filter(({ texts }) => texts.some((text) => text.length < 12))).toEqual([]);
});

it('none stands in what k3v logs, nor in what its commands say', () => {
  const lines = k3v.lines();
  expect(lines.join('\n')).toContain('child died, restarting');
  expect(findSecrets([{ place: 'the log of k3v', text: lines.join('\n') }, ...said], secrets)).toEqual([]);
});

it('none stands in a file of the data directory but those that are there to hold it', async () => {
  const entries = await readdir(dataDir(), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const places = await Promise.all(
    paths.map(async (path) => ({
      place: relative(dataDir(), path),
      text: await readFile(path, 'latin1').catch(ifMissing('')),
    })),
  );
  const files = new Set(places.map(({ place }) => place.split('/').slice(-1)[0]));
  for (const name of ['kube-apiserver.log', 'kine.log', 'audit.log', 'status.json', 'kine.db']) {
    expect(files).toContain(name);
  }
  const mayHold = (place: string) => {
    if (place.startsWith('pki/') || place.startsWith('snapshots/')) return true;
    return place === 'control-plane/secrets-encryption.yaml';
  };
  const found = findSecrets(
    places.filter(({ place }) => !mayHold(place)),
    secrets,
  );
  // An audit log says who executed what, as the README says. It shows besides that the search finds something.
  expect(found).toEqual(['audit/audit.log: the argument of a command']);
});

it('none stands among the arguments or in the environment of k3v and its children', async () => {
  const pids = await processTree(k3v.pid);
  expect(pids.length).toBeGreaterThanOrEqual(4);
  const places = await Promise.all(
    pids.flatMap((pid) =>
      ['cmdline', 'environ', 'comm'].map(async (name) => ({
        place: `/proc/${pid}/${name}`,
        text: await readFile(`/proc/${pid}/${name}`, 'latin1').catch(ifMissing('')),
      })),
    ),
  );
  expect(places.some(({ text }) => text.includes('kube-apiserver'))).toBe(true);
  expect(findSecrets(places, secrets)).toEqual([]);
});

it('none stands in an event, or any object but Secrets, of either world', async () => {
  const kinds = 'events,configmaps,pods,services,endpoints,serviceaccounts,certificatesigningrequests,leases';
  const virtual = await kubectl('get', '-A', kinds, '-o', 'json');
  const onHost = await hostKubectl('-n', namespace, 'get', kinds, '-o', 'json');
  // What marks the host's Secrets, as others may read it with `list`.
  const marks = await hostKubectl('-n', namespace, 'get', 'secrets', '-o', 'jsonpath={.items[*].metadata}');
  for (const text of [virtual, onHost]) expect(text).toContain('"kind": "Event"');
  const found = findSecrets(
    [
      { place: 'the virtual cluster', text: virtual },
      { place: 'the host', text: onHost },
    ],
    secrets,
  );
  expect(found).toEqual([]);
  expect(findSecrets([{ place: 'metadata of Secrets on the host', text: marks }], secrets)).toEqual([]);
});
