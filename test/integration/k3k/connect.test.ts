import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterWish } from '../../../src/cli/cluster-command.ts';
import { silentProgress } from '../../../src/progress.ts';
import { runClusterCommand } from '../../../src/run-cluster-command.ts';
import { eventually } from '../../support/eventually.ts';
import { type PortForwardServer, startPortForwardServer } from '../../support/port-forward-server.ts';

const cluster = { metadata: { namespace: 'k3k-a', name: 'a' }, spec: { mode: 'shared', persistence: {} } };
const kubeconfigTo = (server: string) =>
  `clusters:\n- name: a\n  cluster:\n    server: ${server}\nusers: []\ncontexts:\n- name: a\n  context:\n    cluster: a\ncurrent-context: a\n`;
const pod = (name: string, isReady = true) => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
});

let folder: string;
let host: PortForwardServer;
let pods: object[];
let hasKubeconfig: boolean;
let asked: string[];
let said: string;
let failures: unknown[];
let ending: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-connect-test-'));
  [pods, hasKubeconfig, asked, said, failures, ending] = [
    [pod('k3k-a-server-0')],
    true,
    [],
    '',
    [],
    new AbortController(),
  ];
  const secret = {
    data: { 'kubeconfig.yaml': Buffer.from(kubeconfigTo('https://elsewhere:6443')).toString('base64') },
  };
  host = await startPortForwardServer(
    (forwarded) => void forwarded.send(0, `this is ${forwarded.path}`),
    (path) => {
      asked.push(path);
      if (path === '/apis/k3k.io/v1beta1/namespaces/k3k-a/clusters/a') return cluster;
      if (path === '/api/v1/namespaces/k3k-a/secrets/k3k-a-kubeconfig') return hasKubeconfig ? secret : undefined;
      return path.startsWith('/api/v1/namespaces/k3k-a/pods?') ? { items: pods } : undefined;
    },
  );
  await writeFile(join(folder, 'host.yaml'), kubeconfigTo(host.url));
});

afterEach(async () => {
  ending.abort();
  await host.close();
  await rm(folder, { recursive: true });
});

const run = async (wish: Partial<ClusterWish>) =>
  await runClusterCommand(
    {
      do: 'connect',
      target: { namespace: 'k3k-a', name: 'a' },
      port: 0,
      to: join(folder, 'a.yaml'),
      command: undefined,
      ...wish,
    } as ClusterWish,
    {
      config: { kubeconfig: join(folder, 'host.yaml'), context: undefined },
      env: process.env,
      progress: silentProgress,
      onChange: () => undefined,
      onError: (error) => failures.push(error),
      say: (line) => void (said += line),
      ask: undefined,
      signal: ending.signal,
      leaveSignals: () => process,
    },
  );
const portIn = async (file: string) =>
  Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(await readFile(file, 'utf8'))?.[1]);
const answerAt = async (port: number) => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('hello');
  // The end of the stream is that of the other side, or of this one after a word.
  socket.once('data', () => socket.end());
  return await text(socket);
};

describe('k3v cluster connect', () => {
  it('leads to a server pod that is ready until it is interrupted, also when that is replaced, and then takes its kubeconfig away', async () => {
    pods = [pod('k3k-a-server-1', false), pod('k3k-a-server-0')];
    const running = run({});
    await eventually(() => expect(said).toContain('leads to cluster k3k-a/a until Ctrl-C'));
    const port = await portIn(join(folder, 'a.yaml'));
    expect(await answerAt(port)).toBe('this is /api/v1/namespaces/k3k-a/pods/k3k-a-server-0/portforward?ports=6443');
    expect(asked.at(-1)).toContain('labelSelector=cluster%3Da%2Crole%3Dserver');
    pods = [pod('k3k-a-server-1')];
    expect(await answerAt(port)).toContain('/pods/k3k-a-server-1/');
    // One that comes while no pod is ready is kept until one is.
    pods = [];
    const waiting = answerAt(port);
    const count = asked.length;
    await eventually(() => expect(asked.length).toBeGreaterThan(count + 1));
    pods = [pod('k3k-a-server-2')];
    expect(await waiting).toContain('/pods/k3k-a-server-2/');
    ending.abort();
    expect(await running).toBe(0);
    expect(existsSync(join(folder, 'a.yaml'))).toBe(false);
    expect(await answerAt(port).catch(() => 'refused')).toBe('refused');
    expect(failures).toEqual([]);
  });

  it('ends the connection, and says why, where the host does not forward', async () => {
    const running = run({});
    await eventually(() => expect(said).not.toBe(''));
    const port = await portIn(join(folder, 'a.yaml'));
    host.refuseWith = {
      code: 403,
      body: { message: 'pods "a" is forbidden: cannot create pods/portforward', reason: 'Forbidden' },
    };
    expect(await answerAt(port)).toBe('');
    await eventually(() => expect(failures).toMatchObject([{ code: 403 }]));
    ending.abort();
    await running;
  });

  it('runs a command with the kubeconfig, and ends as it does', async () => {
    const script = `require('fs').copyFileSync(process.env.KUBECONFIG, ${JSON.stringify(join(folder, 'seen.yaml'))}); process.exit(7)`;
    expect(await run({ do: 'connect', command: [process.execPath, '-e', script] })).toBe(7);
    expect(await portIn(join(folder, 'seen.yaml'))).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'a.yaml'))).toBe(false);
    await expect(run({ do: 'connect', command: [join(folder, 'nothing')] })).rejects.toMatchObject({
      code: 'FLAG_INVALID',
    });
  });

  it('says that a cluster that is not ready has no kubeconfig, and that a port is taken', async () => {
    hasKubeconfig = false;
    await expect(run({})).rejects.toMatchObject({ code: 'CLUSTER_NOT_READY' });
    hasKubeconfig = true;
    await expect(run({ do: 'connect', port: Number(new URL(host.url).port) })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });
});
