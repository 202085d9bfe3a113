import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { createMembership, membershipTimes } from '../../../src/replicas/membership.ts';
import { createLeaseServer } from '../../support/lease-server.ts';

const { leaseMs, renewMs } = membershipTimes;
let server: ReturnType<typeof createLeaseServer>;
let all: ReturnType<typeof replica>[];

/** A replica: its API server, and whether it leads. */
function replica(identity: string, most: number) {
  const client = server.client();
  const now = () => performance.now();
  const address = { ip: '192.0.2.1', port: 7443 };
  const membership = createMembership({ identity, address, most, log: silentLog, now });
  const stopping = new AbortController();
  return {
    client,
    leads: false,
    stayed: undefined as Promise<void> | undefined,
    join: async () => await membership.join(client),
    stay() {
      this.stayed = membership.stay(client, { buries: () => this.leads }, stopping.signal);
    },
    stop: () => stopping.abort(),
  };
}

const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms));
const known = () => server.leases().map(({ spec }) => spec?.holderIdentity);

async function joined(identity: string, most: number) {
  const made = replica(identity, most);
  all.push(made);
  await made.join();
  made.stay();
  await pass(1);
  return made;
}

beforeEach(() => {
  vi.useFakeTimers();
  server = createLeaseServer();
  all = [];
});
afterEach(async () => {
  for (const each of all) each.stop();
  await pass(2 * leaseMs);
  await Promise.all(all.flatMap(({ stayed }) => stayed ?? []));
  vi.useRealTimers();
});

describe('the replicas of a virtual cluster', () => {
  it('are known by Leases that say where their API servers are, and go with them', async () => {
    const [a] = [await joined('a', 2), await joined('b', 2)];
    await pass(60_000);
    expect(server.lease('k3v-replica-a')?.metadata).toMatchObject({
      labels: { 'k3v.io/replica': 'true' },
      annotations: { 'k3v.io/replica-address': '192.0.2.1 7443' },
    });
    expect(known()).toEqual(['a', 'b']);
    a.stop();
    await pass(1);
    expect(known()).toEqual(['b']);
  });

  it('are forgotten by the leader when they are gone without a word, within their time and two looks', async () => {
    const [a, b] = [await joined('a', 2), await joined('b', 2)];
    await pass(5_000);
    b.client.state = 'away';
    await pass(leaseMs + 2 * renewMs + 1);
    expect(known()).toEqual(['a', 'b']);
    a.leads = true;
    await pass(renewMs);
    expect(known()).toEqual(['a']);
    b.client.state = 'well';
    await pass(renewMs);
    expect(known()).toEqual(['a', 'b']);
  });

  it('are not taken for dead because the leader could not see them for a while', async () => {
    const [a, b] = [await joined('a', 2), await joined('b', 2)];
    a.leads = true;
    await pass(5_000);
    const before = server.lease('k3v-replica-b');
    for (const { client } of [a, b]) client.state = 'away';
    await pass(5 * leaseMs);
    a.client.state = 'well';
    await pass(renewMs);
    expect(server.lease('k3v-replica-b')).toEqual(before);
  });

  it('are refused beyond the number that they were given, once it is sure that the others live', async () => {
    await joined('a', 2);
    await pass(1_000);
    await joined('b', 2);
    await pass(1_000);
    const joining = replica('c', 2).join();
    const refused = Promise.allSettled([joining]);
    await pass(2 * renewMs + 1);
    await refused;
    await expect(joining).rejects.toMatchObject({
      code: 'REPLICAS_EXCEEDED',
      message: expect.stringContaining('a, b'),
    });
    expect(known()).toEqual(['a', 'b']);
  });

  it('may come in the place of one that is dead', async () => {
    const a = await joined('a', 1);
    await pass(1_000);
    a.client.state = 'away';
    let isIn = false;
    const joining = replica('b', 1)
      .join()
      .then(() => (isIn = true));
    await pass(leaseMs - 1);
    expect(isIn).toBe(false);
    await pass(renewMs + 1);
    await joining;
  });

  it('may be started again at once', async () => {
    const a = await joined('a', 1);
    a.client.state = 'away';
    await expect(replica('a', 1).join()).resolves.toBeUndefined();
  });
});
