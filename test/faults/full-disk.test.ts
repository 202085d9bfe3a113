import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../src/kube/types.ts';
import { expectCleanAudit } from '../support/audit.ts';
import { createChurnLedger } from '../support/churn-ledger.ts';
import { startChurn } from '../support/churn.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { launchK3v } from '../support/k3v-process.ts';
import { type SmallDisk, mountSmallDisk, smallDiskUnavailable } from '../support/small-disk.ts';

const unavailable = smallDiskUnavailable();
const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
if (unavailable !== undefined && process.env['K3V_REQUIRE_REAL_HOST'] === '1') {
  throw new Error(`K3V_REQUIRE_REAL_HOST=1: ${unavailable}`);
}

describe.skipIf(unavailable !== undefined)(`a full disk under the data directory${reason}`, () => {
  const ledger = createChurnLedger();
  let disk: SmallDisk;
  let cluster: EmbeddedCluster;

  beforeAll(async () => {
    disk = await mountSmallDisk(128);
    cluster = await startEmbeddedCluster(27_705, { at: disk.folder });
  });

  afterAll(async () => {
    await disk?.free();
    await cluster?.stop();
    await disk?.remove();
  });

  async function work(): Promise<void> {
    const churn = startChurn({ client: cluster.virtual, ledger, pauseMs: 100 });
    await eventually(() => expect(churn.moves()).toBeGreaterThan(30), { timeoutMs: 300_000, everyMs: 50 });
    await churn.stop();
  }

  /** A write of the size of a tenant's larger objects. */
  const write = async (name: string) =>
    await cluster.virtual.create(
      { ...resources.configMaps },
      { metadata: { name, namespace: 'default' }, data: { filling: 'x'.repeat(500_000) } },
    );

  it.each(Array.from({ length: isFullExtent ? 5 : 1 }, (_, index) => index + 1))(
    'has writes refused in plain words, ends nothing, and costs nothing once there is space again (%i)',
    async (time) => {
      await work();
      const { pid } = cluster.k3v();
      const churn = startChurn({ client: cluster.virtual, ledger, pauseMs: 100 });
      await eventually(() => expect(churn.moves()).toBeGreaterThan(3), { timeoutMs: 120_000 });
      await disk.fill();
      let count = 0;
      const refused = eventually(
        async () => {
          await disk.fill();
          await expect(write(`filling-${time}-${count++}`)).rejects.toThrow(/disk is full|no space left/);
        },
        { timeoutMs: 120_000, everyMs: 100 },
      );
      await refused;
      // Reading goes on.
      expect((await cluster.virtual.list(resources.namespaces)).items.length).toBeGreaterThan(3);
      await churn.stop();
      await disk.free();
      await eventually(async () => await cluster.virtual.create(resources.configMaps, small(`small-${time}`)), {
        timeoutMs: 120_000,
      });
      await work();
      await expectCleanAudit(cluster, { ledger, title: `seed ${churn.seed}` });
      expect(cluster.k3v().pid).toBe(pid);
      expect(() => process.kill(pid, 0)).not.toThrow();
    },
    1_200_000,
  );

  it('at a start is one plain error, and nothing once there is space again', async () => {
    await cluster.k3v().end('SIGKILL');
    await disk.fill();
    const ended = await launchK3v(cluster.folder, ['--distro', 'kubernetes', ...cluster.args]);
    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DISK_FULL') });
    await disk.free();
    await cluster.start();
    await work();
    await expectCleanAudit(cluster, { ledger });
  }, 1_200_000);
});

const small = (name: string) => ({ metadata: { name, namespace: 'default' }, data: { is: 'small' } });
