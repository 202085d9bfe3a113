import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigYaml } from '../../../src/control-plane/kubeconfig.ts';
import { type Cluster, type Phase, k3kResources } from '../../../src/k3k/types.ts';
import { type KubeObject, resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { linesOf, openTerminal } from '../../support/terminal.ts';

const program = join(import.meta.dirname, '../../../bin/k3v');
const columns = 70;
let folder: string;
let host: FakeApiServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-on-a-terminal-'));
  host = await startFakeApiServer();
  const kubeconfig = kubeconfigYaml({ server: host.url, caPem: 'x', contextName: 'host', token: 't' });
  await writeFile(join(folder, 'host.yaml'), kubeconfig);
});

afterEach(async () => {
  await host.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Types `k3v cluster …` on a terminal. */
function typed(...args: string[]) {
  const line = [process.execPath, program, 'cluster', ...args].map((word) => `'${word}'`).join(' ');
  const kubeconfig = join(folder, 'host.yaml');
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: kubeconfig, TERM: 'xterm' };
  return openTerminal(line, { folder, env, columns });
}

const found = () => host.store.get<Cluster>(k3kResources.clusters, 'k3k-team-a/team-a');

function putCluster(): void {
  host.store.put<Cluster>(k3kResources.clusters, {
    apiVersion: 'k3k.io/v1beta1',
    kind: 'Cluster',
    metadata: { namespace: 'k3k-team-a', name: 'team-a', uid: 'u', labels: { team: 'a' } },
    spec: { mode: 'shared', servers: 1, agents: 0, persistence: { type: 'dynamic' } },
  });
}

/** Does what the controller does: says where the Cluster stands. */
function stand(cluster: Cluster, phase: Phase, message: string): void {
  const status = phase === 'Ready' ? 'True' : 'False';
  const condition = { type: 'Ready', status, reason: 'AsItIs', message, lastTransitionTime: '' };
  host.store.put(k3kResources.clusters, {
    ...cluster,
    metadata: { ...cluster.metadata, generation: 1 },
    status: { phase, observedGeneration: 1, conditions: [condition], version: 'v1.36.3' },
  } as Cluster);
}

describe('k3v cluster on a terminal', () => {
  it('create shows where the cluster stands, on one line that changes', async () => {
    const terminal = typed('create', 'team-a', '--expose', 'none');
    await terminal.says('not yet seen');
    const cluster = await eventually(() => found() ?? Promise.reject(new Error('there is no Cluster')));
    stand(cluster, 'Provisioning', 'pod k3k-team-a-server-0 is not ready: ContainerCreating');
    await terminal.says('Provisioning: pod');
    const kubeconfig = Buffer.from('clusters: []\n').toString('base64');
    host.store.put(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'k3k-team-a', name: 'k3k-team-a-kubeconfig' },
      data: { 'kubeconfig.yaml': kubeconfig },
    } as KubeObject);
    stand(cluster, 'Ready', 'the API server answers');
    expect(await terminal.ended).toBe(0);
    expect(linesOf(terminal.written())).toEqual([
      expect.stringMatching(/^✓ +\d+\.\ds {2}cluster k3k-team-a\/team-a {2}v1\.36\.3$/),
      'cluster k3k-team-a/team-a is ready',
      'it is not reached from here, as it is not exposed: k3v cluster connect team-a holds a way open',
    ]);
    // A line that goes over the edge would leave its first row behind.
    const [drawn = ''] = terminal.written().split('✓');
    const shown = drawn.split('\r\u001b[K').filter((text) => text.startsWith('…'));
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.filter((text) => text.length >= columns)).toEqual([]);
    expect(shown.filter((text) => text.endsWith('…'))).toHaveLength(1);
  });

  it('delete asks, and deletes nothing without a yes', async () => {
    putCluster();
    const question = 'Delete k3k-team-a/team-a, with all that is in it, and its data? [y/N]';
    // Nothing, no, Ctrl-C, Ctrl-D.
    const answers = ['\r', 'n\r', '\u0003', '\u0004'].map(async (answer) => {
      const terminal = typed('delete', 'team-a');
      await terminal.says('[y/N]');
      expect(terminal.written()).toContain(question);
      terminal.type(answer);
      expect({ answer, code: await terminal.ended }).toEqual({ answer, code: 0 });
      expect(linesOf(terminal.written()).at(-1)).toBe('nothing is deleted');
    });
    await Promise.all(answers);
    expect(found()).toBeDefined();
    const terminal = typed('delete', 'team-a', '--keep-data');
    await terminal.says('[y/N]');
    expect(terminal.written()).toContain('Delete k3k-team-a/team-a, its volumes stay? [y/N]');
    terminal.type('yes\r');
    expect(await terminal.ended).toBe(0);
    expect(linesOf(terminal.written()).slice(-2)).toEqual([
      expect.stringMatching(/^✓ +\d+\.\ds {2}delete cluster k3k-team-a\/team-a$/),
      'deleted cluster k3k-team-a/team-a',
    ]);
    expect(found()).toBeUndefined();
  });

  it('update shows what would change, and changes it after a yes', async () => {
    putCluster();
    const terminal = typed('update', 'team-a', '--labels', 'team=b', '--no-wait');
    await terminal.says('Change it? [y/N]');
    expect(terminal.written()).toContain('metadata.labels.team: a → b');
    expect(found()?.metadata.labels).toEqual({ team: 'a' });
    terminal.type('y\r');
    expect(await terminal.ended).toBe(0);
    expect(linesOf(terminal.written()).at(-1)).toBe('changed');
    expect(found()?.metadata.labels).toEqual({ team: 'b' });
  });
});
