import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectCleanAudit } from '../support/audit.ts';
import { createChurnLedger } from '../support/churn-ledger.ts';
import { type Churn, startChurn } from '../support/churn.ts';
import { childNames, childPid } from '../support/control-plane-pids.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { type SeededRandom, createSeededRandom } from '../support/seeded-random.ts';

const moments = isFullExtent ? 200 : 8;
/** After so many there is an audit. */
const perAudit = isFullExtent ? 8 : 4;
/** All children and k3v in one instant; and k3v while it starts, after it was killed. */
const targets = ['k3v', ...childNames, 'all', 'start'] as const;
type Target = (typeof targets)[number];

let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27701);
});

afterAll(async () => await cluster?.stop());

it(
  `loses and doubles nothing when k3v or its children are killed at ${moments} random moments`,
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = createSeededRandom(seed);
    const ledger = createChurnLedger();
    const struck: Target[] = [];
    for (let first = 0; first < moments; first += perAudit) {
      const churn = startChurn({ client: cluster.virtual, seed: seed + first, ledger, pauseMs: 150 });
      for (let moment = first; moment < first + perAudit; moment++) {
        const target = targets[moment % targets.length] ?? 'k3v';
        await workGoesOn(churn);
        await delay(random.below(3000));
        struck.push(target);
        await strike(target, random);
      }
      await workGoesOn(churn);
      await churn.stop();
      await expectCleanAudit(cluster, { ledger, title: `seed ${seed}, after ${struck.slice(-perAudit).join(', ')}` });
      if (isFullExtent) process.stdout.write(`seed ${seed}: clean after ${struck.length} of ${moments} moments\n`);
    }
    expect(struck).toHaveLength(moments);
  },
  4 * 3_600_000,
);

/** Resolves when the API server has confirmed something more: what was killed is there again. */
async function workGoesOn(churn: Churn): Promise<void> {
  const before = churn.moves();
  await eventually(() => expect(churn.moves()).toBeGreaterThan(before + 2), { timeoutMs: 240_000, everyMs: 50 });
}

async function strike(target: Target, random: SeededRandom): Promise<void> {
  if (target === 'all') {
    const pids = await Promise.all(childNames.map(async (name) => await childPid(cluster.folder, name)));
    // Its watchdog ends them too, but a moment later.
    for (const pid of pids) if (pid !== undefined) kill(pid);
  }
  if (target === 'k3v' || target === 'all' || target === 'start') {
    await cluster.k3v().end('SIGKILL');
    if (target === 'start') await killInStart(random.below(6000));
    await cluster.start();
    return;
  }
  const pid = await childPid(cluster.folder, target);
  if (pid !== undefined) kill(pid);
}

/** Starts k3v and kills it after `afterMs`, unless it is up before. */
async function killInStart(afterMs: number): Promise<void> {
  const ending = new AbortController();
  const started = cluster.start({
    onSpawn: (pid) =>
      void delay(afterMs, undefined, { signal: ending.signal }).then(
        () => kill(pid),
        () => {},
      ),
  });
  await started.then(
    async (k3v) => {
      ending.abort();
      await k3v.end('SIGKILL');
    },
    () => {},
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
