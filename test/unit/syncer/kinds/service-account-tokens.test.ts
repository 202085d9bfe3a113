import { createIssuerClock } from '../../../../src/syncer/issuer-clock.ts';
import { describe, expect, it } from 'vitest';
import type { KubeObject, Pod } from '../../../../src/kube/types.ts';
import { NotYet } from '../../../../src/syncer/not-yet.ts';
import { serviceAccountTokenSyncer, toHostTokenSecret } from '../../../../src/syncer/kinds/service-account-tokens.ts';
import { answeringClient, refusing } from '../../../support/answering-client.ts';
import { syncContext } from '../../../support/sync-context.ts';

const virtual: Pod = {
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'shop', uid: 'u1', labels: { app: 'x' }, annotations: { note: 'y' } },
  spec: {
    containers: [],
    serviceAccountName: 'robot',
    volumes: [
      { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600 } }] } },
      {
        name: 'w',
        projected: {
          sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 1000 } }],
        },
      },
    ],
  },
};
const { translator } = syncContext({});
const hostPod = (ownerUid: string): KubeObject => ({
  kind: 'Pod',
  metadata: {
    name: translator.hostName('Pod', 'shop', 'p'),
    namespace: 'team',
    uid: 'h1',
    annotations: { 'k3v.io/owner-uid': ownerUid },
  },
});
const selects = (pod: Pod, host: KubeObject[] = []) => serviceAccountTokenSyncer.selects?.(pod, syncContext({ host }));
const withStatus = (status: Pod['status']): Pod => ({ ...virtual, status });

describe('the token Secret of a pod', () => {
  it('carries the marks of its pod, and nothing that the tenant wrote', () => {
    expect(toHostTokenSecret(virtual, syncContext({}))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: translator.hostName('ServiceAccountToken', 'shop', 'p'),
        namespace: 'team',
        labels: { 'k3v.io/cluster': 'a', 'k3v.io/managed': 'true', 'k3v.io/namespace': 'shop' },
        annotations: {
          'k3v.io/owner-kind': 'ServiceAccountToken',
          'k3v.io/owner-namespace': 'shop',
          'k3v.io/owner-name': 'p',
          'k3v.io/owner-uid': 'u1',
        },
        ownerReferences: [],
      },
      type: 'Opaque',
    });
  });

  it('cannot be taken for a Secret of the tenant', () => {
    expect(translator.ownerOf(toHostTokenSecret(virtual, syncContext({})), 'Secret')).toBeUndefined();
    expect(translator.hostName('ServiceAccountToken', 'shop', 'p')).not.toBe(
      translator.hostName('Secret', 'shop', 'p'),
    );
  });

  it('belongs to the host pod once that is on a node, never to that of a predecessor', () => {
    const placed: Pod = { ...virtual, spec: { containers: [], ...virtual.spec, nodeName: 'n1' } };
    const owners = (uid: string, pod = placed) =>
      toHostTokenSecret(pod, syncContext({ host: [hostPod(uid)] })).metadata.ownerReferences;
    expect(owners('u1', virtual)).toEqual([]);
    expect(owners('u1')).toEqual([
      { apiVersion: 'v1', kind: 'Pod', name: translator.hostName('Pod', 'shop', 'p'), uid: 'h1' },
    ]);
    expect(owners('u0')).toEqual([]);
  });

  it('exists from before the host pod is made until that has gone or the pod has ended', () => {
    const scheduled = withStatus({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }] });
    expect(selects(virtual)).toBe(true);
    expect(selects(scheduled, [hostPod('u1')])).toBe(true);
    expect(selects(scheduled)).toBe(false);
    expect(selects(scheduled, [hostPod('u0')])).toBe(false);
    expect(selects(withStatus({ phase: 'Succeeded' }), [hostPod('u1')])).toBe(false);
  });

  it('is not made for a pod without tokens, one that is held back, or one that is deleted before it began', () => {
    expect(serviceAccountTokenSyncer.mayCross?.({ ...virtual, spec: { containers: [] } })).toBe(false);
    expect(selects({ ...virtual, spec: { containers: [], ...virtual.spec, schedulingGates: [{ name: 'x' }] } })).toBe(
      false,
    );
    expect(selects({ ...virtual, metadata: { ...virtual.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })).toBe(
      false,
    );
  });
});

describe('the tokens', () => {
  const nowMs = 1_000_000_000;
  const issuedAt = nowMs / 1000;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (iat: number, exp: number, uid = 'u1') => `x.${part({ iat, exp, 'kubernetes.io': { pod: { uid } } })}.x`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const asked: unknown[] = [];
  const client = answeringClient({
    async request(method, path, { body } = {}) {
      asked.push({ method, path, body });
      const spec = Object(Reflect.get(Object(body), 'spec')) as { expirationSeconds: number };
      return { status: { token: jwt(issuedAt, issuedAt + spec.expirationSeconds) } };
    },
  });
  const complete = async (data: Record<string, string>, from = client) => {
    asked.length = 0;
    const desired = toHostTokenSecret(virtual, syncContext({}));
    const done = await serviceAccountTokenSyncer.complete?.(desired, { ...desired, data }, virtual, {
      client: from,
      nowMs,
      issuerClock: createIssuerClock(() => 0),
    });
    if (!done) throw new Error('the definition completes nothing');
    return done;
  };
  const fresh = { 'v.0': base64(jwt(issuedAt, issuedAt + 600)), 'w.0': base64(jwt(issuedAt, issuedAt + 1000)) };

  it('are asked for with the audience and life of each projection, bound to the pod', async () => {
    const { object, againMs } = await complete({});
    const request = (audiences: string[], expirationSeconds: number) => ({
      method: 'POST',
      path: '/api/v1/namespaces/shop/serviceaccounts/robot/token',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences,
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' },
        },
      },
    });
    expect(asked).toEqual([request([], 600), request(['vault'], 1000)]);
    expect(object.data).toEqual(fresh);
    expect(againMs).toBe(480_000);
  });

  it('are kept while they are good', async () => {
    const { object } = await complete(fresh);
    expect(asked).toEqual([]);
    expect(object.data).toEqual(fresh);
  });

  it('are renewed one by one when due', async () => {
    const due = base64(jwt(issuedAt - 481, issuedAt + 119));
    const { object } = await complete({ ...fresh, 'v.0': due });
    expect(asked).toHaveLength(1);
    expect(object.data).toEqual(fresh);
  });

  it('are asked for once more when the pod has got its node, which they then name', async () => {
    const bound: Pod = { ...virtual, spec: { containers: [], ...virtual.spec, nodeName: 'n1' } };
    const before = { ...toHostTokenSecret(virtual, syncContext({})), data: fresh };
    const desired = toHostTokenSecret(bound, syncContext({}));
    const tools = { client, nowMs, issuerClock: createIssuerClock(() => 0) };
    asked.length = 0;
    const done = await serviceAccountTokenSyncer.complete?.(desired, before, bound, tools);
    expect(asked).toHaveLength(2);
    if (!done) throw new Error('the definition completes nothing');
    await serviceAccountTokenSyncer.complete?.(desired, done.object, bound, tools);
    expect(asked).toHaveLength(2);
  });

  it('are replaced if they are none, or are bound to another pod', async () => {
    const { object } = await complete({ 'v.0': 'bm9uZQ==', 'w.0': base64(jwt(issuedAt, issuedAt + 1000, 'u0')) });
    expect(asked).toHaveLength(2);
    expect(object.data).toEqual(fresh);
  });

  it('are looked at every ten minutes, as a machine may have slept', async () => {
    const long = base64(jwt(issuedAt, issuedAt + 86_400));
    expect((await complete({ 'v.0': long, 'w.0': long })).againMs).toBe(600_000);
  });

  it('are asked for once, and then kept, when this clock is far ahead of that of the API server', async () => {
    const later = { client, nowMs: nowMs + 400 * 86_400_000, issuerClock: createIssuerClock(() => 0) };
    const desired = toHostTokenSecret(virtual, syncContext({}));
    const first = await serviceAccountTokenSyncer.complete?.(desired, undefined, virtual, later);
    expect(first?.againMs).toBe(480_000);
    asked.length = 0;
    const second = await serviceAccountTokenSyncer.complete?.(desired, first?.object, virtual, later);
    expect(asked).toEqual([]);
    expect(second?.object).toEqual(first?.object);
  });

  it('are waited for, with a kubelet’s event, if the API server refuses', async () => {
    const refused = complete(
      {},
      answeringClient({ request: refusing(404, 'NotFound', 'serviceaccounts "robot" not found') }),
    );
    await expect(refused).rejects.toThrow(NotYet);
    await expect(refused).rejects.toMatchObject({
      event: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "v" : failed to fetch token: serviceaccounts "robot" not found',
    });
  });

  it('are asked for again when the API server is busy, without a word to the tenant', async () => {
    const refused = complete({}, answeringClient({ request: refusing(429, 'TooManyRequests') }));
    await expect(refused).rejects.toMatchObject({ code: 429 });
  });
});
