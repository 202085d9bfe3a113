import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ifFound } from '../../src/kube/errors.ts';
import { type Namespace, resources } from '../../src/kube/types.ts';
import { audit, expectCleanAudit } from '../support/audit.ts';
import { createAuditResult } from '../support/audit-result.ts';
import { createChurnLedger } from '../support/churn-ledger.ts';
import { startChurn } from '../support/churn.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { type FakedClock, createFakedClock, fakedClockUnavailable } from '../support/faked-clock.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { hostVersions } from '../support/host-versions.ts';

const unavailable = await fakedClockUnavailable();
const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
if (unavailable !== undefined && process.env['K3V_REQUIRE_REAL_HOST'] === '1') {
  throw new Error(`K3V_REQUIRE_REAL_HOST=1: ${unavailable}`);
}
const hour = 3600;
const day = 24 * hour;
const moves = isFullExtent ? 300 : 30;

describe.skipIf(unavailable !== undefined)(`a clock of k3v that jumps${reason}`, () => {
  const ledger = createChurnLedger();
  let cluster: EmbeddedCluster;
  let clock: FakedClock;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(27_704, { extras: ['nodes/proxy'] });
    clock = await createFakedClock(cluster.folder);
    await restart();
  });

  afterAll(async () => await cluster?.stop());

  async function restart(): Promise<void> {
    await cluster.k3v().end('SIGTERM');
    await cluster.start({ env: clock.env });
  }

  async function work(): Promise<void> {
    const churn = startChurn({ client: cluster.virtual, ledger, pauseMs: 100 });
    await eventually(() => expect(churn.moves()).toBeGreaterThan(moves), { timeoutMs: 600_000, everyMs: 50 });
    await churn.stop();
  }

  /** Nothing is written over and over. */
  async function expectQuiet(): Promise<void> {
    await eventually(
      async () => {
        const before = await hostVersions(cluster);
        await delay(3000);
        expect(await hostVersions(cluster)).toEqual(before);
      },
      { timeoutMs: 60_000 },
    );
  }

  /** A namespace ends only when every API answers, that of k3v's metrics too. */
  async function expectNamespaceEnds(): Promise<void> {
    const ref = { resource: resources.namespaces, name: 'ends' };
    await cluster.virtual.create<Namespace>(ref.resource, { metadata: { name: ref.name } });
    await cluster.virtual.delete(ref);
    await eventually(async () => expect(await ifFound(cluster.virtual.get<Namespace>(ref))).toBeUndefined(), {
      timeoutMs: 60_000,
    });
  }

  it.each([
    ['two hours ahead', 2 * hour],
    ['two hours back', -2 * hour],
  ])(
    '%s keeps it from nothing, and has nothing written over and over',
    async (_, seconds) => {
      const churn = startChurn({ client: cluster.virtual, ledger, pauseMs: 100 });
      await eventually(() => expect(churn.moves()).toBeGreaterThan(5), { timeoutMs: 120_000 });
      await clock.set(seconds);
      const before = churn.moves();
      await eventually(() => expect(churn.moves()).toBeGreaterThan(before + moves), { timeoutMs: 600_000 });
      await churn.stop();
      await expectCleanAudit(cluster, { ledger, title: `seed ${churn.seed}` });
      await expectQuiet();
      await restart();
      await expectNamespaceEnds();
      await clock.set(0);
      await work();
      await expectCleanAudit(cluster, { ledger });
    },
    1_200_000,
  );

  it('400 days ahead, where its certificates have expired, costs nothing once the clock is right again', async () => {
    await clock.set(400 * day);
    await work();
    await clock.set(0);
    expect(await audit(cluster, { ledger })).toEqual(createAuditResult());
    await work();
    await expectCleanAudit(cluster, { ledger });
    await expectQuiet();
  }, 1_200_000);
});
