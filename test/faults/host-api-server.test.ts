import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, type Namespace, type Pod, resources } from '../../src/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { CredentialForm } from '../support/host-access.ts';
import { type Fault, roundsOf } from '../support/fault-rounds.ts';
import { type ProxiedCluster, startProxiedCluster } from '../support/proxied-cluster.ts';
import { type TenantAtWork, moved, passed, patience, tenantOf } from '../support/tenant-at-work.ts';
import type { Churn } from '../support/churn.ts';

let cluster: ProxiedCluster;
let proxy: FaultProxy;
let tenant: TenantAtWork;

beforeAll(async () => {
  cluster = await startProxiedCluster({ port: 27_740, proxyPort: 27_741, hostVersion: '1.34' });
  ({ proxy } = cluster);
  tenant = tenantOf(cluster);
});

afterEach(async () => {
  proxy.faults.clear();
  await proxy.up();
});

afterAll(async () => await cluster?.stop());

/** Returns the lists that k3v asked for since the `from`th call, by plural. */
function listsSince(from: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, plural = '' } of proxy.calls.slice(from))
    if (verb === 'list') counts[plural] = (counts[plural] ?? 0) + 1;
  return counts;
}

/** Returns those of them that nothing made necessary, by plural: a host that is away for long forgets what was watched last. */
function needlessListsSince(from: number): Record<string, number> {
  const counts = listsSince(from);
  for (const { plural = '', isExpired } of proxy.calls.slice(from)) {
    if (isExpired) counts[plural] = (counts[plural] ?? 0) - 1;
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** All that k3v watches on this host. */
const watched = () => [...new Set(proxy.calls.flatMap(({ verb, path }) => (verb === 'watch' ? [watchOf(path)] : [])))];
const watchOf = (path: string) =>
  new URL(path, proxy.url).pathname +
  new URL(path, proxy.url).search.replace(/(resourceVersion|timeoutSeconds)=\d+&?/g, '');
const watchesAll = async () =>
  await eventually(() => expect(proxy.watches.open).toBeGreaterThanOrEqual(watched().length), patience);
const resumes = async (fault: () => Promise<void> | void, churn: Churn) => {
  await watchesAll();
  const from = proxy.calls.length;
  await fault();
  await watchesAll();
  await moved(churn, 10);
  expect(needlessListsSince(from)).toEqual({});
};

const away = (how: 'refuse' | 'reset', ms: number): Fault<Churn> => ({
  title: how === 'refuse' ? 'is down' : 'resets connections',
  meet: async (churn) =>
    await resumes(async () => {
      await proxy.down(how);
      await passed(ms);
      await proxy.up();
    }, churn),
});

function forgotten(how: 'as an HTTP status' | 'in the stream'): Fault<Churn> {
  return {
    title: `has forgotten what was watched (410 ${how})`,
    meet: async (churn) => {
      await watchesAll();
      const from = proxy.calls.length;
      const times = watched().length;
      const fault = { code: 410, reason: 'Expired' };
      proxy.faults.add({ verb: 'watch' }, { kind: how === 'in the stream' ? 'event' : 'status', ...fault }, times);
      proxy.watches.cutInMidLine();
      await eventually(() => expect(proxy.faults.left).toBe(0), patience);
      await watchesAll();
      await moved(churn, 10);
      const lists = Object.values(listsSince(from)).reduce((sum, count) => sum + count, 0);
      expect(lists).toBeLessThanOrEqual(times);
    },
  };
}

/** Credentials expire, and only after a while k3v finds new ones, in another place. */
function expired(form: CredentialForm): Fault<Churn> {
  return {
    title: `refuses the credentials until there are new ones (${form})`,
    meet: async (churn) =>
      await resumes(async () => {
        await cluster.access.expire();
        const from = proxy.calls.length;
        const refused = () => proxy.calls.slice(from).filter(({ code }) => code === 401).length;
        await eventually(() => expect(refused()).toBeGreaterThan(0), patience);
        await passed(isFullExtent ? 60_000 : 3_000);
        await cluster.access.renew(form);
        if (form !== 'client certificate') return;
        // It lasts seconds only, and what comes after, be it the audit, longer.
        await watchesAll();
        await cluster.access.renew('token file');
      }, churn),
  };
}

const renewedCertificate: Fault<Churn> = {
  title: 'serves with a new certificate',
  meet: async (churn) => await resumes(async () => await proxy.rotate(), churn),
};

/** In the long form all of them. */
const forms: CredentialForm[] = isFullExtent
  ? ['kubeconfig', 'exec plugin', 'client certificate', 'token file']
  : ['client certificate', 'kubeconfig'];

/** In this order, as the pauses before a watch is tried again grow with the failures of the last two minutes. */
const faults: Fault<Churn>[] = [
  {
    title: 'takes 2 s for each call',
    meet: async (churn) =>
      await resumes(async () => {
        proxy.faults.add({}, { kind: 'slow', ms: 2_000 }, Infinity);
        await passed(isFullExtent ? 120_000 : 10_000);
        await moved(churn, 10);
        proxy.faults.clear();
      }, churn),
  },
  {
    title: 'loses answers to what it has done',
    meet: async (churn) =>
      await resumes(async () => {
        for (const verb of ['create', 'patch', 'delete'] as const) {
          proxy.faults.add({ verb }, { kind: 'cut', afterBytes: 1 }, isFullExtent ? 30 : 5);
        }
        await eventually(() => expect(proxy.faults.left).toBe(0), patience);
      }, churn),
  },
  forgotten('in the stream'),
  ...(isFullExtent ? [forgotten('as an HTTP status')] : []),
  {
    title: 'cuts streams in mid-line',
    meet: async (churn) => {
      for (let times = 0; times < (isFullExtent ? 10 : 1); times += 1) {
        await resumes(() => void proxy.watches.cutInMidLine(), churn);
      }
    },
  },
  ...(isFullExtent ? [renewedCertificate] : []),
  {
    title: 'serves with one of a new authority, which the kubeconfig names a little later',
    meet: async (churn) =>
      await resumes(async () => {
        await proxy.rotate({ newAuthority: true });
        await passed(2_000);
        await cluster.access.renew('token file');
      }, churn),
  },
  ...forms.map(expired),
  ...(isFullExtent ? [away('reset', 30_000)] : []),
  away('refuse', isFullExtent ? 300_000 : 15_000),
  {
    title: 'is upgraded from 1.34 to 1.36',
    meet: async (churn) => {
      await watchesAll();
      const from = proxy.calls.length;
      await cluster.upgradeHost('1.36');
      await watchesAll();
      await moved(churn, 10);
      expect(await cluster.host.request('GET', '/version')).toMatchObject({ minor: '36' });
      expect(Object.values(listsSince(from)).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
        watched().length,
      );
    },
  },
];

/** The longest test: the pauses after ten cut streams take minutes, and a silent watch is given up after ten. */
const longestMs = 1_500_000;

describe('k3v under churn, whose host API server', () => {
  it.each(roundsOf(faults))(
    '$title',
    async ({ round }) => {
      const wrong = await tenant.meanwhile(async (churn) => {
        for (const { meet } of round) await meet(churn);
      });
      expect(wrong).toBe('');
    },
    longestMs,
  );

  // In the short form the deadline of watches is shown by test/unit/kube/reflector.test.ts: it lies ten minutes ahead.
  it.runIf(isFullExtent)(
    'says nothing more in its watches notices that within their time, and catches up',
    async () => {
      const wrong = await tenant.meanwhile(async (churn) => {
        await watchesAll();
        const from = proxy.calls.length;
        const silenced = proxy.watches.silence();
        expect(silenced).toBeGreaterThanOrEqual(watched().length);
        await eventually(() => expect(proxy.watches).toMatchObject({ silent: 0 }), {
          timeoutMs: 640_000,
          everyMs: 1_000,
        });
        await watchesAll();
        await moved(churn, 10);
        expect(needlessListsSince(from)).toEqual({});
      });
      expect(wrong).toBe('');
    },
    longestMs,
  );
});

describe('k3v, whose host API server', () => {
  const replicas = 12;
  const retryAfterSeconds = 2;

  it.each(isFullExtent ? [429, 503] : [429])(
    'answers %i with Retry-After, waits that long with each request, and then goes on',
    async (code) => {
      const metadata = { name: `busy-${code}`, namespace: `busy-${code}` };
      await cluster.virtual.create<Namespace>(resources.namespaces, { metadata: { name: metadata.namespace } });
      const account = { resource: resources.serviceAccounts, namespace: metadata.namespace, name: 'default' };
      await eventually(async () => await cluster.virtual.get(account), patience);
      await watchesAll();
      const from = proxy.calls.length;
      const fault = { kind: 'status', code, retryAfter: String(retryAfterSeconds) } as const;
      proxy.faults.add({}, fault, Infinity);
      proxy.watches.cutInMidLine();
      const labels = { app: 'web' };
      await cluster.virtual.create<Deployment>(resources.deployments, {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: labels },
          // With a token of theirs they would wait for that, and not be asked for.
          template: {
            metadata: { labels },
            spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'nginx' }] },
          },
        },
      });
      const creates = () =>
        proxy.calls.slice(from).filter(({ verb, plural }) => verb === 'create' && plural === 'pods');
      // Some again: ever fewer at a time, in the end one.
      await eventually(() => expect(creates().length).toBeGreaterThan(replicas), patience);
      const windowSeconds = isFullExtent ? 60 : 8;
      await passed(windowSeconds * 1_000);
      const seconds = (Date.now() - (creates()[0]?.atMs ?? 0)) / 1_000;
      proxy.faults.clear();
      const calls = proxy.calls.slice(from);
      expect(creates().length).toBeLessThanOrEqual(replicas * (seconds / retryAfterSeconds + 2));
      for (const watch of watched()) {
        const times = calls
          .filter(({ verb, path }) => verb === 'watch' && watchOf(path) === watch)
          .map(({ atMs }) => atMs);
        const pauses = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
        expect(Math.min(...pauses, Infinity)).toBeGreaterThan(retryAfterSeconds * 950);
      }
      await eventually(async () => {
        const { items } = await cluster.virtual.list<Pod>(resources.pods, { namespace: metadata.namespace });
        expect(items.filter(({ status }) => status?.phase === 'Running')).toHaveLength(replicas);
      }, patience);
      expect(needlessListsSince(from)).toEqual({});
      await cluster.virtual.delete({ resource: resources.namespaces, name: metadata.namespace });
    },
  );

  it('has all that it had writes nothing after a restart of k3v', async () => {
    expect(await tenant.meanwhile(async () => undefined)).toBe('');
    const from = proxy.calls.length;
    await cluster.restart();
    await watchesAll();
    const writes = proxy.calls.slice(from).filter(
      ({ verb, plural, path }) =>
        ['create', 'update', 'patch', 'delete'].includes(verb) &&
        !plural?.endsWith('reviews') &&
        // By which it finds out the range of Services.
        !path.includes('dryRun=All'),
    );
    expect(writes.map(({ verb, plural, code }) => `${verb} ${plural} ${code}`)).toEqual([]);
  });
});
