import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeObject, type Node, type Pod, type Secret, type Service, resources } from '../../../src/kube/types.ts';
import { createLogger } from '../../../src/log.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const hostPodKey = `team/${translator.hostName('Pod', 'shop', 'web')}`;
const tokensKey = `team/${translator.hostName('ServiceAccountToken', 'shop', 'web')}`;
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
};
const robot: KubeObject = { metadata: { name: 'robot', namespace: 'shop' } };
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    containers: [{ name: 'main', image: 'nginx' }],
    serviceAccountName: 'robot',
    volumes: [
      { name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } },
      {
        name: 'vault',
        projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } }] },
      },
    ],
  },
  status: { phase: 'Pending' },
};

/** How far both sides' clocks are ahead of the real one, and the API server's alone. */
let aheadMs: number;
let issuerAheadMs: number;
let store: ReturnType<typeof createMemoryStore>;
let lines: string[];
let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;

const start = async () => {
  const log = createLogger({ format: 'json', level: 'debug', destination: { write: (line) => lines.push(line) } });
  running = await startEngineBetween({ virtual, host, translator, store, log, now: () => Date.now() + aheadMs });
};
const hostPod = () => host.store.get<Pod>(resources.pods, hostPodKey);
const tokenSecret = () => host.store.get<Secret>(resources.secrets, tokensKey);
const tokenIn = (key: string) => Buffer.from(tokenSecret()?.data?.[key] ?? '', 'base64').toString();
const claimsIn = (key: string): unknown =>
  JSON.parse(Buffer.from(tokenIn(key).split('.')[1] ?? '', 'base64url').toString());
const tokenRequests = () => virtual.requests.filter(({ subresource }) => subresource === 'token').length;
const touchPod = (round: string) => {
  const live = virtual.store.get<Pod>(resources.pods, 'shop/web') ?? pod;
  virtual.store.put<Pod>(resources.pods, { ...live, metadata: { ...live.metadata, annotations: { round } } });
};
/** Has the tokens looked at, as when a timer fires: what is not k3v's does not stay in their Secret. */
async function touchTokens(): Promise<void> {
  const live = tokenSecret();
  if (!live) throw new Error('there are no tokens');
  host.store.put<Secret>(resources.secrets, { ...live, data: { ...live.data, another: 'eA==' } });
  await eventually(() => expect(tokenSecret()?.data).not.toHaveProperty('another'));
}

async function startedPod(): Promise<void> {
  virtual.store.put(resources.pods, pod);
  await eventually(() => expect(hostPod()).toBeDefined());
}

/** The host's scheduler does its work. */
async function placedPod(): Promise<void> {
  await startedPod();
  const live = hostPod();
  if (!live) throw new Error('there is no host pod');
  host.store.put<Node>(resources.nodes, { metadata: { name: 'n1' }, spec: {}, status: {} });
  await eventually(() => expect(virtual.store.get(resources.nodes, 'n1')).toBeDefined());
  host.store.put<Pod>(resources.pods, { ...live, spec: { containers: [], ...live.spec, nodeName: 'n1' } });
  await eventually(() => expect(tokenSecret()?.metadata.ownerReferences).toHaveLength(1));
}

beforeEach(async () => {
  aheadMs = 0;
  issuerAheadMs = 0;
  store = createMemoryStore();
  lines = [];
  virtual = await startFakeApiServer({ tokenClock: () => Date.now() + aheadMs + issuerAheadMs });
  host = await startFakeApiServer();
  virtual.store.put(resources.services, service);
  virtual.store.put(resources.serviceAccounts, robot);
  await start();
});

afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

describe('the service-account tokens of a pod', () => {
  it('are on the host before its pod is, in one Secret that belongs to it once it is on a node', async () => {
    await startedPod();
    expect(tokenSecret()?.metadata.ownerReferences ?? []).toEqual([]);
    await placedPod();
    const made = host.requests.filter(({ method }) => method === 'POST').map(({ plural }) => plural);
    expect(made.filter((plural) => plural === 'secrets' || plural === 'pods')).toEqual(['secrets', 'pods']);
    expect(tokenSecret()?.metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'Pod', name: hostPodKey.split('/')[1], uid: hostPod()?.metadata.uid },
    ]);
    const uid = virtual.store.get(resources.pods, 'shop/web')?.metadata.uid;
    expect(claimsIn('api.0')).toMatchObject({ 'kubernetes.io': { pod: { uid }, serviceaccount: { name: 'robot' } } });
    expect(claimsIn('vault.0')).toMatchObject({ aud: ['vault'], 'kubernetes.io': { pod: { uid } } });
  });

  it('cost two writes to the host and two requests per token to begin with: before the host pod is made, and once it is on a node', async () => {
    await startedPod();
    expect(tokenRequests()).toBe(2);
    await placedPod();
    touchPod('1');
    await eventually(() => expect(hostPod()?.metadata.annotations).toMatchObject({ round: '1' }));
    const secretWrites = host.requests.filter(({ plural, method }) => plural === 'secrets' && method !== 'GET');
    expect(secretWrites.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
    expect(tokenRequests()).toBe(4);
  });

  it('belong to the host pod that is made anew when the first vanished before it was on a node', async () => {
    await startedPod();
    const before = hostPod()?.metadata.uid;
    host.store.delete(resources.pods, hostPodKey);
    await eventually(() => expect(hostPod()?.metadata.uid).not.toBe(before));
    await placedPod();
    expect(tokenSecret()?.metadata.ownerReferences).toMatchObject([{ uid: hostPod()?.metadata.uid }]);
  });

  it('are renewed at four fifths of the life that was asked for, and no sooner', async () => {
    await startedPod();
    const first = { api: tokenIn('api.0'), vault: tokenIn('vault.0') };
    aheadMs = 400_000;
    await touchTokens();
    expect(tokenRequests()).toBe(2);
    aheadMs = 500_000;
    await touchTokens();
    expect(tokenIn('vault.0')).not.toBe(first.vault);
    expect(tokenIn('api.0')).toBe(first.api);
    aheadMs = 3_000_000;
    await touchTokens();
    expect(tokenIn('api.0')).not.toBe(first.api);
  });

  it('are renewed by themselves when their time comes', async () => {
    // So short a time is left that a timer of the real clock fires within the test.
    issuerAheadMs = -478_000;
    await startedPod();
    issuerAheadMs = 0;
    const first = tokenIn('vault.0');
    await running.stop();
    virtual.requests.length = 0;
    await start();
    await eventually(() => expect(tokenIn('vault.0')).not.toBe(first));
    expect(tokenRequests()).toBe(1);
  });

  it('are not asked for again by a restart, and renewed by one that comes late', async () => {
    await startedPod();
    const first = tokenIn('vault.0');
    await running.stop();
    virtual.requests.length = 0;
    host.requests.length = 0;
    await start();
    touchPod('again');
    await eventually(() => expect(hostPod()?.metadata.annotations).toMatchObject({ round: 'again' }));
    expect(tokenRequests()).toBe(0);
    expect(host.requests.filter(({ plural, method }) => plural === 'secrets' && method !== 'GET')).toEqual([]);
    await running.stop();
    aheadMs = 700_000;
    await start();
    await eventually(() => expect(tokenIn('vault.0')).not.toBe(first));
  });

  it('go with the pod, and with one that was deleted while k3v was away', async () => {
    await startedPod();
    virtual.store.delete(resources.pods, 'shop/web');
    await eventually(() => expect(tokenSecret()).toBeUndefined());
    host.store.delete(resources.pods, hostPodKey);
    await startedPod();
    await running.stop();
    virtual.store.delete(resources.pods, 'shop/web');
    await start();
    await eventually(() => expect(tokenSecret()).toBeUndefined());
  });

  it('go when the pod has completed', async () => {
    await startedPod();
    const live = hostPod();
    if (!live) throw new Error('no host pod');
    host.store.put<Pod>(resources.pods, { ...live, status: { phase: 'Succeeded' } });
    await eventually(() => expect(tokenSecret()).toBeUndefined());
    expect(hostPod()).toBeDefined();
  });

  it('are new for a successor of the same name, as in a StatefulSet', async () => {
    await startedPod();
    const first = { token: tokenIn('api.0'), pod: hostPod()?.metadata.uid };
    await running.stop();
    virtual.store.delete(resources.pods, 'shop/web');
    virtual.store.put(resources.pods, pod);
    await start();
    await eventually(() => {
      host.store.delete(resources.pods, hostPodKey);
      const uid = virtual.store.get(resources.pods, 'shop/web')?.metadata.uid;
      expect(claimsIn('api.0')).toMatchObject({ 'kubernetes.io': { pod: { uid } } });
    });
    expect(tokenIn('api.0')).not.toBe(first.token);
  });

  it('are put back when somebody changes or deletes them on the host', async () => {
    await startedPod();
    const before = tokenSecret();
    if (!before) throw new Error('no Secret');
    host.store.put<Secret>(resources.secrets, { ...before, data: { ...before.data, 'api.0': 'eA==' } });
    await eventually(() => expect(claimsIn('api.0')).toMatchObject({ 'kubernetes.io': {} }));
    host.store.delete(resources.secrets, tokensKey);
    await eventually(() => expect(claimsIn('api.0')).toMatchObject({ 'kubernetes.io': {} }));
  });

  it('hold the pod back while its service account is missing, and the tenant reads why', async () => {
    virtual.store.delete(resources.serviceAccounts, 'shop/robot');
    virtual.store.put(resources.pods, pod);
    const message =
      'MountVolume.SetUp failed for volume "api" : failed to fetch token: serviceaccounts "robot" not found';
    await eventually(() =>
      expect(virtual.store.list(resources.events)).toContainEqual(
        expect.objectContaining({ type: 'Warning', reason: 'FailedMount', message }),
      ),
    );
    expect(hostPod()).toBeUndefined();
    expect(tokenSecret()).toBeUndefined();
    virtual.store.put(resources.serviceAccounts, robot);
    await eventually(() => expect(hostPod()).toBeDefined());
  });

  it('stand nowhere but in that Secret: not in logs, events, annotations or the state', async () => {
    await startedPod();
    const refusal = { kind: 'status', code: 403, reason: 'Forbidden', message: 'no' } as const;
    host.faults.add({ verb: 'patch', plural: 'secrets' }, refusal);
    aheadMs = 500_000;
    void touchTokens().catch(() => undefined);
    await eventually(() =>
      expect(virtual.store.list(resources.events)).toContainEqual(expect.objectContaining({ reason: 'HostRefused' })),
    );
    const kept: unknown[] = [];
    for await (const entry of store.entries('')) kept.push(entry);
    const elsewhere = JSON.stringify([
      lines,
      kept,
      running.engine.status(),
      virtual.store.list(resources.events),
      virtual.store.list(resources.pods),
      host.store.list(resources.pods),
      host.store.list(resources.secrets).map(({ metadata }) => metadata),
    ]);
    for (const key of ['api.0', 'vault.0']) {
      expect(elsewhere).not.toContain(tokenIn(key));
      expect(elsewhere).not.toContain(tokenSecret()?.data?.[key]);
    }
  });
});
