import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Node, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const store = createMemoryStore();
let virtual: FakeApiServer;
let host: FakeApiServer;
let running: RunningEngine;

const hostNode = (labels: Record<string, string>, heartbeat = '2026-01-01T00:00:00Z'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels },
  spec: {},
  status: {
    conditions: [
      { type: 'Ready', status: 'True', lastHeartbeatTime: heartbeat, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  },
});
const seen = () => virtual.store.get<Node>(resources.nodes, 'n1');
const putOnHost = (node: Node) =>
  host.store.put(resources.nodes, { ...host.store.get(resources.nodes, 'n1'), ...node });
/** Changes the virtual node as a tenant would. */
function edit(change: (node: Node) => Node) {
  const node = seen();
  if (!node) throw new Error('no node');
  virtual.store.put(resources.nodes, change(node));
}
const nodeWrites = () => virtual.requests.filter(({ method, plural }) => method !== 'GET' && plural === 'nodes').length;
const start = async () => (running = await startEngineBetween({ virtual, host, translator, store }));
/** A change of the host that goes all the way through: all that was queued before has been looked at. */
async function settle(labels: Record<string, string>) {
  putOnHost(hostNode(labels));
  await eventually(() => expect(seen()?.metadata.labels).toMatchObject(labels));
}

beforeEach(async () => {
  virtual = await startFakeApiServer();
  host = await startFakeApiServer();
  putOnHost(hostNode({ zone: 'a' }));
  await start();
  await settle({ zone: 'a' });
  // The status is a write of its own.
  await eventually(() => {
    if (!seen()?.status?.conditions) throw new Error('no status yet');
  });
});
afterEach(async () => {
  await running.stop();
  await virtual.stop();
  await host.stop();
});

describe('a node of the host', () => {
  it('costs no write for its heartbeats', async () => {
    virtual.requests.length = 0;
    for (let second = 10; second < 60; second += 10) putOnHost(hostNode({ zone: 'a' }, `2026-01-01T00:00:${second}Z`));
    await settle({ zone: 'b' });
    expect(nodeWrites()).toBe(1);
  });

  it('keeps what the tenant puts on it, and loses what the host takes away, also while k3v was away', async () => {
    edit((node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, color: 'blue', zone: 'mine' } },
      spec: { ...node.spec, unschedulable: true, taints: [{ key: 'mine', effect: 'NoSchedule' }] },
    }));
    await eventually(() => expect(seen()?.metadata.labels).toMatchObject({ zone: 'a', color: 'blue' }));
    await running.stop();
    putOnHost(hostNode({ region: 'x' }));
    await start();
    await eventually(() =>
      expect(seen()?.metadata.labels).toEqual({ region: 'x', color: 'blue', 'k3v.io/managed': 'true' }),
    );
    expect(seen()?.spec).toEqual({ unschedulable: true, taints: [{ key: 'mine', effect: 'NoSchedule' }] });
    virtual.requests.length = 0;
    await settle({ region: 'y' });
    expect(nodeWrites()).toBe(1);
  });

  it('comes back when the tenant deletes it; a node of the tenant is left alone', async () => {
    virtual.store.put<Node>(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'own' }, spec: {} });
    virtual.store.delete(resources.nodes, 'n1');
    await eventually(() => expect(seen()?.metadata.labels).toMatchObject({ zone: 'a' }));
    host.store.put<Node>(resources.nodes, {
      ...hostNode({ zone: 'h' }),
      metadata: { name: 'own', labels: { zone: 'h' } },
    });
    await settle({ zone: 'c' });
    expect(virtual.store.get<Node>(resources.nodes, 'own')?.metadata.labels).toBeUndefined();
  });
});
