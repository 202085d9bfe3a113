import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../src/control-plane/process-identity.ts';
import { type KubeObject, type Service, resources } from '../../src/kube/types.ts';
import { expectCleanAudit } from '../support/audit.ts';
import { createChurnLedger } from '../support/churn-ledger.ts';
import { startChurn } from '../support/churn.ts';
import { childNames, childPid } from '../support/control-plane-pids.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { hostVersions } from '../support/host-versions.ts';
import { launchK3v } from '../support/k3v-process.ts';

const port = 27_702;
const ledger = createChurnLedger();
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(port);
});

afterAll(async () => await cluster?.stop());

/** Has a tenant at work while `fault` happens, and audits both worlds afterwards. */
async function underChurn(fault: () => Promise<void>): Promise<void> {
  const churn = startChurn({ client: cluster.virtual, ledger, pauseMs: 100 });
  const moved = async () => {
    const before = churn.moves();
    await eventually(() => expect(churn.moves()).toBeGreaterThan(before + 10), { timeoutMs: 240_000, everyMs: 50 });
  };
  await moved();
  await fault();
  await moved();
  await churn.stop();
  await expectCleanAudit(cluster, { ledger, title: `seed ${churn.seed}` });
}

/** Waits until nothing of what k3v started before is left. */
async function expectNoChildren(pids: (number | undefined)[]): Promise<void> {
  const left = await Promise.all(pids.map(async (pid) => pid && (await identifyProcess(pid))));
  expect(left.filter(Boolean)).toEqual([]);
}
const pidsOfChildren = async () =>
  await Promise.all(childNames.map(async (name) => await childPid(cluster.folder, name)));

type Damage = (state: string) => Promise<void>;
const gone: Damage = async (state) => await rm(state, { recursive: true });
const damages: [string, Damage][] = [
  ['deleted', gone],
  ['damaged in its tables and logs', async (state) => await cutAll(state, /\.(ldb|log)$/)],
];
const furtherDamages: [string, Damage][] = [
  ['damaged in what names its files', async (state) => await cutAll(state, /^(CURRENT|MANIFEST)/)],
  [
    'an empty folder',
    async (state) =>
      await gone(state)
        .then(() => mkdir(state))
        .then(() => {}),
  ],
  ['a file', async (state) => await gone(state).then(() => writeFile(state, 'rubbish'))],
];

async function cutAll(state: string, which: RegExp): Promise<void> {
  for (const name of await readdir(state)) if (which.test(name)) await writeFile(join(state, name), 'rubbish');
}

describe('a state that is', () => {
  it.each([...damages, ...(isFullExtent ? furtherDamages : [])])(
    '%s after a kill -9 costs no object, and has nothing written to the host',
    async (_, damage) => {
      await underChurn(async () => {});
      const before = await hostVersions(cluster);
      await cluster.k3v().end('SIGKILL');
      await damage(join(cluster.folder, 'k3v-data/state'));
      await cluster.start();
      await expectCleanAudit(cluster, { ledger });
      expect(await hostVersions(cluster)).toEqual(before);
    },
  );

  it('deleted under churn costs no object', async () => {
    let wasLost = false;
    await underChurn(async () => {
      await cluster.k3v().end('SIGKILL');
      await gone(join(cluster.folder, 'k3v-data/state'));
      await cluster.start();
      wasLost = true;
    });
    expect(wasLost).toBe(true);
  });
});

describe('a Service that is on its way to another address', () => {
  const services = { resource: resources.services, namespace: 'default' };
  const ports = [{ port: 80 }];
  const movers: Record<string, Service['spec']> = {
    'mover-plain': { ports },
    'mover-node': { type: 'NodePort', externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP', ports },
    'mover-balanced': {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      loadBalancerClass: 'example.com/none',
      loadBalancerSourceRanges: ['192.0.2.0/24'],
      selector: { app: 'web' },
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 443 },
      ],
    },
  };
  const metadata = { name: 'no-arrival' };
  const policies = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) => ({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings',
    kind,
    namespaced: false,
  }));
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['services'] }];
  const stays = `!object.metadata.name.startsWith('mover-') || object.spec.type == 'ExternalName'`;
  const specs = [
    { matchConstraints: { resourceRules: rules }, validations: [{ expression: stays }] },
    { policyName: metadata.name, validationActions: ['Deny'] },
  ];
  const found = async (name: string) => await cluster.virtual.get<Service>({ ...services, name });
  const hostRefOf = (name: string) => ({
    resource: resources.services,
    namespace: cluster.translator.hostNamespace,
    name: cluster.translator.hostName('Service', services.namespace, name),
  });

  it('arrives as what it was, though k3v is killed in the middle of it and its state is deleted', async () => {
    const before = await Promise.all(
      Object.entries(movers).map(
        async ([name, spec]) =>
          await cluster.virtual.create<Service>(services.resource, {
            metadata: { name, namespace: services.namespace },
            spec,
          }),
      ),
    );
    for (const [index, policy] of policies.entries())
      await cluster.virtual.create<KubeObject & { spec: unknown }>(policy, { metadata, spec: specs[index] });
    await cluster.restart(async () => {
      // Their addresses are others' now.
      for (const { metadata: mover, spec } of before) {
        await cluster.host.delete(hostRefOf(mover.name));
        const squatter = {
          metadata: { name: `of-${mover.name}`, namespace: 'default' },
          spec: { clusterIP: spec?.clusterIP, ports },
        };
        await eventually(async () => await cluster.host.create<Service>(services.resource, squatter));
      }
    });
    for (const name of Object.keys(movers)) {
      await eventually(async () => expect((await found(name)).spec?.type).toBe('ExternalName'), {
        timeoutMs: 60_000,
      });
    }
    await cluster.k3v().end('SIGKILL');
    await gone(join(cluster.folder, 'k3v-data/state'));
    await cluster.start();
    for (const policy of policies) await cluster.virtual.delete({ resource: policy, name: metadata.name });
    for (const { metadata: old, spec } of before) {
      await eventually(
        async () => {
          const { clusterIP, clusterIPs } = (await cluster.host.get<Service>(hostRefOf(old.name))).spec ?? {};
          expect(clusterIP).not.toBe(spec?.clusterIP);
          const moved = await found(old.name);
          expect(moved.metadata.uid).toBe(old.uid);
          expect(moved.metadata.annotations ?? {}).toEqual({});
          expect(moved.spec).toEqual({ ...spec, clusterIP, clusterIPs });
        },
        // An address that the API server had given when it was killed it takes back after a minute.
        { timeoutMs: 240_000 },
      );
      await cluster.virtual.delete({ ...services, name: old.name });
    }
    await expectCleanAudit(cluster, { ledger });
  });
});

describe('a second k3v', () => {
  it('on the same data directory ends at once, and the first goes on', async () => {
    await underChurn(async () => {
      const second = await launchK3v(cluster.folder, cluster.args);
      expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DATA_DIR_LOCKED') });
    });
  });

  it('started at the very same instant ends, and one of the two is up', async () => {
    await cluster.k3v().end('SIGTERM');
    const first = cluster.start().then(
      () => 'is up',
      (error: unknown) => String(error),
    );
    const second = cluster.start().then(
      () => 'is up',
      (error: unknown) => String(error),
    );
    const outcomes = (await Promise.all([first, second])).toSorted();
    expect(outcomes).toEqual([expect.stringContaining('DATA_DIR_LOCKED'), 'is up']);
    await underChurn(async () => {});
  });

  it('with the same id in another data directory ends, and changes nothing on the host, whether the first runs or not', async () => {
    const other = await mkdtemp(join(cluster.folder, 'other-'));
    const args = cluster.args.map((arg) => (arg === String(port) ? String(port + 1) : arg));
    const expectTaken = async () => {
      const second = await launchK3v(other, ['--distro', 'kubernetes', ...args]);
      expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ID_TAKEN') });
      expect(await hostVersions(cluster)).toEqual(before);
    };
    await expectCleanAudit(cluster, { ledger });
    const before = await hostVersions(cluster);
    await expectTaken();
    await cluster.k3v().end('SIGTERM');
    await expectTaken();
    await cluster.start();
    await expectCleanAudit(cluster, { ledger });
    expect(await hostVersions(cluster)).toEqual(before);
  });
});

describe('SIGTERM', () => {
  it.each(Array.from({ length: isFullExtent ? 10 : 1 }, (_, index) => index + 1))(
    'in the middle of churn ends k3v with 0 and leaves no process (%i)',
    async () => {
      await underChurn(async () => {
        const pids = await pidsOfChildren();
        expect(pids.filter(Boolean)).toHaveLength(childNames.length);
        expect(await cluster.k3v().end('SIGTERM')).toBe(0);
        await expectNoChildren(pids);
        await cluster.start();
      });
    },
  );

  it('at a random moment of a start ends k3v with 0 and leaves no process', async () => {
    for (let time = 0; time < (isFullExtent ? 10 : 1); time++) {
      await cluster.k3v().end('SIGTERM');
      const starting = launchK3v(cluster.folder, ['--distro', 'kubernetes', ...cluster.args]);
      await once(starting.stderr, 'data');
      await delay(Math.random() * 6000);
      const pids = await pidsOfChildren();
      starting.kill('SIGTERM');
      expect(await starting).toMatchObject({ exitCode: 0 });
      await expectNoChildren([...pids, ...(await pidsOfChildren())]);
      await cluster.start();
    }
    await expectCleanAudit(cluster, { ledger });
  });
});
