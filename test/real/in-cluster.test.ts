import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag as wait } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 200 };
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

describeOnHosts('a client in a pod', (startHost) => {
  let cluster: VirtualCluster;

  beforeAll(async () => {
    cluster = await startVirtualCluster(startHost, { port: 27653 });
    await virtual('create', 'configmap', 'colours', '--from-literal=sky=blue');
    for (const name of ['reader', 'nobody']) await virtual('create', 'serviceaccount', name);
    await virtual('create', 'rolebinding', 'reader', '--clusterrole=view', '--serviceaccount=default:reader');
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  const virtual = (...args: string[]) => cluster.virtual(...args);
  const kubectlInPod = async (pod: string, serviceAccountName: string, command: string) =>
    await cluster.runInPod(pod, command, { serviceAccountName }, { image: images.kubectl });
  const tokenSecretOf = (pod: string) => cluster.translator.hostName('ServiceAccountToken', 'default', pod);
  const secretsOnHost = async () => await cluster.namesOnHost('secrets');

  /** Runs a pod with a token for `vault`, readable by its group alone, until the test deletes it. */
  async function startTokenHolder(name: string): Promise<void> {
    const serviceAccountToken = { path: 'vault/token', audience: 'vault', expirationSeconds: 600 };
    const container = { ...busybox, name: 'main', command: ['sleep', '36000'] };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        serviceAccountName: 'reader',
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsUser: 1000, fsGroup: 2000 },
        containers: [{ ...container, volumeMounts: [{ name: 'tokens', mountPath: '/tokens' }] }],
        volumes: [{ name: 'tokens', projected: { sources: [{ serviceAccountToken }] } }],
      },
    });
    await virtual('wait', `pod/${name}`, '--for=condition=Ready', wait);
  }

  /** Asks the virtual API server who holds `token`, for `audience`. */
  async function review(token: string, audience: string): Promise<unknown> {
    const file = join(cluster.folder, 'token-review.json');
    const spec = { token, audiences: [audience] };
    await writeFile(file, JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }));
    return JSON.parse(await virtual('create', '-f', file, '-o', 'jsonpath={.status}'));
  }

  it('lists with kubectl, told nothing, what a RoleBinding lets it', async () => {
    const said = await kubectlInPod('lister', 'reader', 'kubectl get configmaps -o name');
    expect(said.trim().split('\n').toSorted()).toEqual(['configmap/colours', 'configmap/kube-root-ca.crt']);
  });

  it('is refused by name without a RoleBinding, and outside the namespace of its own', async () => {
    const refusal = (account: string) =>
      `User "system:serviceaccount:default:${account}" cannot list resource "configmaps"`;
    expect(await kubectlInPod('refused', 'nobody', 'kubectl get configmaps; true')).toContain(refusal('nobody'));
    const elsewhere = await kubectlInPod('abroad', 'reader', 'kubectl get configmaps -n kube-system; true');
    expect(elsewhere).toContain(refusal('reader'));
  });

  it('is in the namespace and by the name that the tenant knows', async () => {
    const script = `cat ${accountFolder}/namespace; kubectl auth whoami -o jsonpath='{.status.userInfo}'`;
    const said = await kubectlInPod('who', 'reader', script);
    expect(said.slice(0, said.indexOf('{'))).toBe('default');
    expect(JSON.parse(said.slice(said.indexOf('{')))).toMatchObject({
      username: 'system:serviceaccount:default:reader',
      extra: { 'authentication.kubernetes.io/pod-name': ['who'] },
    });
  });

  it('has no token when it wants none', async () => {
    const spec = { serviceAccountName: 'reader', automountServiceAccountToken: false };
    expect(await cluster.runInPod('none', `ls ${accountFolder} || true`, spec)).toContain('No such file');
    expect(await secretsOnHost()).not.toContain(`secret/${tokenSecretOf('none')}`);
  });

  it('reads a token of the audience and at the path that it asked for, which ends with the pod', async () => {
    await startTokenHolder('holder');
    expect(await virtual('exec', 'holder', '--', 'stat', '-L', '-c', '%a %g', '/tokens/vault/token')).toBe('640 2000');
    const token = await virtual('exec', 'holder', '--', 'cat', '/tokens/vault/token');
    const uid = await virtual('get', 'pod', 'holder', '-o', 'jsonpath={.metadata.uid}');
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({
      aud: ['vault'],
      sub: 'system:serviceaccount:default:reader',
      'kubernetes.io': { namespace: 'default', pod: { name: 'holder', uid }, serviceaccount: { name: 'reader' } },
    });
    expect(Number(Reflect.get(Object(claims), 'exp')) - Number(Reflect.get(Object(claims), 'iat'))).toBe(600);
    expect(await review(token, 'vault')).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect(await review(token, 'bank')).not.toHaveProperty('authenticated');
    expect(await secretsOnHost()).toContain(`secret/${tokenSecretOf('holder')}`);
    const node = await virtual('get', 'pod', 'holder', '-o', 'jsonpath={.spec.nodeName}');
    const kept = await cluster.host('get', 'secret', tokenSecretOf('holder'), '-o', 'jsonpath={.data.tokens\\.0}');
    const payload = Buffer.from(kept, 'base64').toString().split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      'kubernetes.io': { node: { name: node } },
    });
    await virtual('delete', 'pod', 'holder', wait);
    await eventually(
      async () => expect(await secretsOnHost()).not.toContain(`secret/${tokenSecretOf('holder')}`),
      patience,
    );
    // The API server remembers for ten seconds whom it found authentic.
    await eventually(async () => expect(await review(token, 'vault')).not.toHaveProperty('authenticated'), patience);
  });

  it('reads its token as the one user of its pod, though the volume is for root alone', async () => {
    const tokens = { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }], defaultMode: 0o400 };
    const spec = { securityContext: { runAsUser: 1000 }, volumes: [{ name: 'tokens', projected: tokens }] };
    const mount = { volumeMounts: [{ name: 'tokens', mountPath: '/tokens' }] };
    expect(await cluster.runInPod('single', 'id -u; head -c 3 /tokens/token', spec, mount)).toBe('1000\neyJ');
  });

  it('works with a token of the old kind, which the host takes for plain data', async () => {
    const metadata = { name: 'old', annotations: { 'kubernetes.io/service-account.name': 'reader' } };
    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/service-account-token' });
    const token = async () => await virtual('get', 'secret', 'old', '-o', 'jsonpath={.data.token}');
    await eventually(async () => expect(await token()).not.toBe(''), patience);
    const spec = { serviceAccountName: 'nobody', volumes: [{ name: 'old', secret: { secretName: 'old' } }] };
    const mount = { volumeMounts: [{ name: 'old', mountPath: '/old' }], image: images.kubectl };
    const script = "kubectl --token=$(cat /old/token) auth whoami -o jsonpath='{.status.userInfo.username}'";
    expect(await cluster.runInPod('old', script, spec, mount)).toBe('system:serviceaccount:default:reader');
  });

  it('never lets a token out into the log', () => {
    expect(cluster.k3v().lines().join('\n')).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}|ZXlK[A-Za-z0-9+/]{20,}/);
  });

  it('keeps its token over a restart of k3v, and the token goes with the host pod while k3v is down', async () => {
    await startTokenHolder('keeper');
    const secret = async () =>
      await cluster.host('get', 'secret', tokenSecretOf('keeper'), '-o', 'jsonpath={.metadata.resourceVersion}');
    const before = await secret();
    await cluster.restart('SIGINT');
    await virtual('annotate', 'pod', 'keeper', 'seen=after');
    const hostPod = cluster.translator.hostName('Pod', 'default', 'keeper');
    const annotation = async () =>
      await cluster.host('get', 'pod', hostPod, '-o', 'jsonpath={.metadata.annotations.seen}');
    await eventually(async () => expect(await annotation()).toBe('after'), patience);
    expect(await secret()).toBe(before);
    await cluster.restart('SIGKILL', async () => {
      await cluster.host('delete', 'pod', hostPod, wait);
      const left = async () => await cluster.host('get', 'secrets', '-o', 'name');
      await eventually(async () => expect(await left()).not.toContain(tokenSecretOf('keeper')), patience);
    });
    await eventually(async () => expect(await virtual('get', 'pods', '-o', 'name')).not.toContain('keeper'), patience);
  });
});
