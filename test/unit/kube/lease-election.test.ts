import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Term, runElection } from '../../../src/kube/lease-election.ts';
import { createLeaseSeat } from '../../../src/kube/lease-seat.ts';
import { createLeaseServer } from '../../support/lease-server.ts';

const times = { leaseMs: 10_000, renewDeadlineMs: 6_000, retryMs: 1_000 };
let server: ReturnType<typeof createLeaseServer>;
let candidates: { ended: Promise<void>; stop: () => void }[];

/** One that runs for the Lease, and what it did so far. `leads` tells of its terms; `work` is how long it takes it to finish. */
function candidate(identity: string, { finishMs = 0, fail }: { finishMs?: number; fail?: Error } = {}) {
  const client = server.client();
  const stopping = new AbortController();
  const now = () => performance.now();
  const seat = createLeaseSeat({ client, namespace: 'kube-system', name: 'x', identity, ...times, now });
  const seen: { term: Term | undefined; terms: number; holders: (string | undefined)[] } = {
    term: undefined,
    terms: 0,
    holders: [],
  };
  const lead = async (term: Term) => {
    seen.term = term;
    seen.terms += 1;
    if (fail) throw fail;
    await new Promise<void>((resolve) => term.ending.addEventListener('abort', () => resolve()));
    if (!term.lost.aborted) await new Promise((resolve) => setTimeout(resolve, finishMs));
    seen.term = undefined;
  };
  const ended = runElection(
    { seat, times, lead, now, onHolder: (holder) => seen.holders.push(holder), onError: () => {}, random: () => 1 },
    stopping.signal,
  );
  ended.catch(() => {});
  const made = { client, seen, ended, stop: () => stopping.abort(), leads: () => seen.term !== undefined };
  candidates.push(made);
  return made;
}

const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms));
const spec = () => server.lease('x')?.spec;

beforeEach(() => {
  vi.useFakeTimers();
  server = createLeaseServer();
  candidates = [];
});
afterEach(async () => {
  for (const each of candidates) each.stop();
  await pass(30_000);
  await Promise.allSettled(candidates.map(({ ended }) => ended));
  vi.useRealTimers();
});

describe('an election by a Lease', () => {
  it('has one leader, who renews the Lease, while the others wait', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    await pass(60_000);
    expect([a.leads(), b.leads()]).toEqual([true, false]);
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 10, leaseTransitions: 0 });
    expect(Date.now() - Date.parse(spec()?.renewTime ?? '')).toBeLessThanOrEqual(times.retryMs);
    expect(spec()?.renewTime).toMatch(/\.\d{6}Z$/);
    expect(b.seen.holders).toEqual(['a']);
  });

  it('follows a leader that is gone no sooner than its time is over, and at the latest two retries after that', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    await pass(5_500);
    a.client.state = 'away';
    const renewedAt = Date.parse(spec()?.renewTime ?? '');
    await pass(renewedAt + times.leaseMs - Date.now() - 1);
    expect(b.leads()).toBe(false);
    await pass(1 + 2 * 1.2 * times.retryMs);
    expect(b.leads()).toBe(true);
    expect(spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it.each(['away', 'silent', 'deaf'] as const)(
    'lets no two lead at once when the API server is %s for the leader, and the first may lead again later',
    async (state) => {
      const [a, b] = [candidate('a'), candidate('b')];
      await pass(3_000);
      a.client.state = state;
      for (let step = 0; step < 300; step += 1) {
        await pass(100);
        expect([a.seen.term?.mayWrite(), b.seen.term?.mayWrite()]).not.toEqual([true, true]);
      }
      expect([a.leads(), b.leads()]).toEqual([false, true]);
      a.client.state = 'well';
      b.client.state = 'away';
      await pass(30_000);
      expect([a.leads(), b.leads()]).toEqual([true, false]);
      expect(a.seen.terms).toBe(2);
    },
  );

  it('tells a leader that was only late that nobody else has led since', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    await pass(3_000);
    expect(a.seen.term?.continues).toBe(false);
    a.client.state = 'away';
    await pass(times.renewDeadlineMs + times.retryMs);
    expect(a.leads()).toBe(false);
    a.client.state = 'well';
    await pass(1.2 * times.retryMs);
    expect([a.seen.term?.continues, a.seen.terms]).toEqual([true, 2]);
    a.client.state = 'away';
    await pass(20_000);
    b.client.state = 'away';
    a.client.state = 'well';
    await pass(20_000);
    expect([a.seen.term?.continues, a.seen.terms]).toEqual([false, 3]);
  });

  it('breaks off what the leader is at when the Lease is lost, before another may begin', async () => {
    const [a, b] = [candidate('a', { finishMs: 60_000 }), candidate('b')];
    await pass(3_000);
    const { term } = a.seen;
    a.client.state = 'silent';
    await pass(times.renewDeadlineMs + times.retryMs);
    expect([term?.lost.aborted, a.leads(), b.leads()]).toEqual([true, false, false]);
  });

  it('lets no write begin after a sleep of the whole process, though no timer has run yet', async () => {
    const a = candidate('a');
    await pass(500);
    const slept = performance.now() + times.renewDeadlineMs;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(slept);
    expect(a.leads() && a.seen.term?.mayWrite()).toBe(false);
    clock.mockRestore();
  });

  it('hands the Lease over at the next try when the leader ends, and not before it has finished', async () => {
    const [a, b] = [candidate('a', { finishMs: 20_000 }), candidate('b')];
    await pass(3_000);
    a.stop();
    await pass(19_000);
    expect([a.leads(), b.leads()]).toEqual([true, false]);
    expect(Date.now() - Date.parse(spec()?.renewTime ?? '')).toBeLessThanOrEqual(times.retryMs);
    await pass(1_000 + 1.2 * times.retryMs);
    await a.ended;
    expect([a.leads(), b.leads()]).toEqual([false, true]);
  });

  it('gives back a Lease that it may hold without knowing, as the answer of the API server got lost', async () => {
    const a = candidate('a');
    await pass(2_500);
    a.client.state = 'deaf';
    await pass(times.retryMs);
    a.stop();
    a.client.state = 'well';
    await pass(times.renewDeadlineMs);
    await a.ended;
    expect(spec()?.holderIdentity).toBe('');
    const b = candidate('b');
    b.client.state = 'deaf';
    server.set('x', undefined);
    await pass(2 * times.renewDeadlineMs);
    expect([spec()?.holderIdentity, b.leads()]).toEqual(['b', false]);
    b.stop();
    b.client.state = 'well';
    await pass(1);
    await b.ended;
    expect(spec()?.holderIdentity).toBe('');
  });

  it('gives the Lease up and ends with the error when leading fails', async () => {
    const a = candidate('a', { fail: new Error('broken') });
    await expect(a.ended).rejects.toThrow('broken');
    expect(spec()?.holderIdentity).toBe('');
  });

  it('is won at once by who held the Lease before a restart, and has the transitions of before', async () => {
    server.set('x', {
      metadata: { name: 'x', namespace: 'kube-system' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 10, leaseTransitions: 7, acquireTime: 'then' },
    });
    const [b, a] = [candidate('b'), candidate('a')];
    await pass(1);
    expect([a.leads(), b.leads()]).toEqual([true, false]);
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseTransitions: 7, acquireTime: 'then' });
  });

  it('does not go by the clock of another machine', async () => {
    const renew = (renewTime: string) =>
      server.set('x', {
        metadata: { name: 'x', namespace: 'kube-system' },
        spec: { holderIdentity: 'other', leaseDurationSeconds: 10, renewTime },
      });
    renew('2001-01-01T00:00:00.000000Z');
    const b = candidate('b');
    for (let second = 0; second < 30; second += 1) {
      await pass(1_000);
      expect(b.leads()).toBe(false);
      renew(`2001-01-01T00:00:${second.toString().padStart(2, '0')}.500000Z`);
    }
    await pass(times.leaseMs + 2 * 1.2 * times.retryMs);
    expect(b.leads()).toBe(true);
  });

  it('goes on when somebody edits or deletes the Lease', async () => {
    const a = candidate('a');
    await pass(2_500);
    const held = server.lease('x');
    if (held) server.set('x', { ...held, metadata: { ...held.metadata, labels: { edited: 'yes' } } });
    await pass(3_000);
    server.set('x', undefined);
    await pass(3_000);
    expect(a.seen.terms).toBe(1);
    expect(spec()?.holderIdentity).toBe('a');
  });

  it('ends a leader whose Lease somebody gave to another', async () => {
    const a = candidate('a');
    await pass(2_500);
    const held = server.lease('x');
    if (held) server.set('x', { ...held, spec: { ...held.spec, holderIdentity: 'b' } });
    await pass(times.retryMs);
    expect(a.leads()).toBe(false);
  });
});
