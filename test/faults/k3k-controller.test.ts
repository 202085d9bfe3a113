import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, k3kResources } from '../../src/k3k/types.ts';
import { ifFound } from '../../src/kube/errors.ts';
import { type StatefulSet, resources } from '../../src/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { type RunningController, startController } from '../support/k3k-controller.ts';
import { type K3kHost, startK3kHost } from '../support/k3k-host.ts';
import { leftoversOf, playWorkload } from '../support/k3k-leftovers.ts';
import { type SeededRandom, createSeededRandom } from '../support/seeded-random.ts';

const kills = isFullExtent ? 50 : 10;
const names = ['red', 'green', 'blue', 'white'];
const patient = { timeoutMs: 300_000, everyMs: 250 };
const program = join(import.meta.dirname, '../../bin/k3v');

let host: K3kHost;

beforeAll(async () => {
  host = await startK3kHost();
}, 600_000);
afterAll(async () => await host?.stop());

/** What is asked of each Cluster: the value of a variable of its servers; undefined: that there is none. */
type Wishes = Map<string, string | undefined>;

const refOf = (name: string) => ({ resource: k3kResources.clusters, namespace: host.namespace, name });
const specOf = (value: string) => ({
  serverEnvs: [{ name: 'VALUE', value }],
  mirrorHostNodes: Number(value) % 2 === 0,
});

/** Makes, changes or deletes one of the Clusters. One that is going is left alone: its name is not free yet. */
async function change(wishes: Wishes, random: SeededRandom, value: string): Promise<void> {
  const name = names[random.below(names.length)] ?? '';
  const found = await ifFound(host.client.get<Cluster>(refOf(name)));
  if (found?.metadata.deletionTimestamp) return;
  const isDeleted = found !== undefined && random.below(3) === 0;
  if (!found) await host.create(name, specOf(value));
  else if (isDeleted) await host.client.delete(refOf(name));
  else await host.client.patch(refOf(name), 'merge', { spec: specOf(value) });
  wishes.set(name, isDeleted ? undefined : value);
}

async function stands(name: string): Promise<boolean> {
  const found = await ifFound(host.client.get<Cluster>(refOf(name)));
  return found !== undefined && !found.metadata.deletionTimestamp;
}

/** Does what the servers do that run: publishes a kubeconfig, and makes something for a tenant. */
async function play(): Promise<void> {
  for (const name of names) {
    const server = await host.get<StatefulSet>(resources.statefulSets, `k3k-${name}-server`);
    if (!server?.status?.readyReplicas || !(await stands(name))) continue;
    await host.playServer(name);
    await playWorkload(host.client, host.namespace, name);
  }
}

function startProcess(): ChildProcess {
  const args = ['controller', '--kubeconfig', host.kubeconfig, '--no-leader-elect', '--image', 'k3v:1'];
  return spawn(process.execPath, [program, ...args], { stdio: 'ignore', env: process.env });
}

/** Lets a controller work until it is killed at a random moment. */
async function strike(random: SeededRandom): Promise<void> {
  const controller = startProcess();
  const exited = once(controller, 'exit');
  await delay(1_000 + random.below(4_000));
  controller.kill('SIGKILL');
  await exited;
}

async function expectGone(name: string): Promise<void> {
  expect(await ifFound(host.client.get(refOf(name)))).toBeUndefined();
  expect(await leftoversOf(host.client, host.namespace, name)).toEqual([]);
}

async function expectMade(name: string, value: string): Promise<void> {
  const { metadata, status } = await host.client.get<Cluster>(refOf(name));
  expect({ name, ...status }).toMatchObject({ phase: 'Ready', observedGeneration: metadata.generation });
  const server = await host.get<StatefulSet>(resources.statefulSets, `k3k-${name}-server`);
  expect(server?.spec?.template.spec?.containers[0]?.env).toContainEqual({ name: 'VALUE', value });
  const wide = await host.get(resources.clusterRoles, `k3k:${host.namespace}:${name}`);
  expect({ name, hasWide: wide !== undefined }).toEqual({ name, hasWide: Number(value) % 2 === 0 });
}

async function expectWished(wishes: Wishes): Promise<void> {
  for (const [name, value] of wishes) await (value === undefined ? expectGone(name) : expectMade(name, value));
}

it(`brings every Cluster where it is to be, though the controller is killed at ${kills} random moments`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = createSeededRandom(seed);
  const wishes: Wishes = new Map();
  for (let kill = 1; kill <= kills; kill++) {
    await play();
    await change(wishes, random, String(2 * kill));
    await change(wishes, random, String(2 * kill + 1));
    await strike(random);
  }
  const controller: RunningController = startController(host.kubeconfig);
  try {
    await eventually(async () => {
      await play();
      await expectWished(wishes);
    }, patient).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
  } finally {
    await controller.stop();
  }
  expect(wishes.size).toBeGreaterThan(1);
}, 3_600_000);
