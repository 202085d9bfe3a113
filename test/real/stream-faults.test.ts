import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { findProcess } from '../support/find-process.ts';
import { type PodStream, type PodStreams, podStreams } from '../support/pod-streams.ts';
import { residentMegabytes } from '../support/process-figures.ts';
import { startVirtualCluster, type VirtualCluster, waitFlag } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 200 };
const podPort = 8080;
const endless = 'echo up; sleep 36000';
/** What k3v may take with 300 streams. */
const mostMegabytes = 250;
/** Connections that come and go meanwhile: watches that begin anew, and whatever Node opens for itself. */
const tolerated = 4;

describeOnHosts('streams that break off', (startHost) => {
  let cluster: VirtualCluster;
  let streams: PodStreams;

  beforeAll(async () => {
    cluster = await startVirtualCluster(startHost, { port: 27_753, extras: ['nodes'] });
    streams = podStreams(join(cluster.folder, 'kubeconfig.yaml'));
  });

  afterAll(async () => {
    streams?.close();
    await cluster?.stop();
  });

  /** Runs a pod on each node that says something, has a shell, and serves a port; returns their names. */
  const start = async (name: string): Promise<string[]> => {
    const nodes = (await cluster.virtual('get', 'nodes', '-o', 'name')).split('\n').map((each) => each.slice(5));
    const container = { name: 'main', image: images.agnhost, imagePullPolicy: 'IfNotPresent', args: ['netexec'] };
    const pods = nodes.map((node) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-${node}` },
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': node },
        terminationGracePeriodSeconds: 0,
        containers: [container],
      },
    }));
    await cluster.apply(...pods);
    const names = pods.map(({ metadata }) => metadata.name);
    await cluster.virtual('wait', ...names.map((each) => `pod/${each}`), '--for=condition=Ready', waitFlag);
    return names;
  };
  const remove = async (names: string[]) => void (await cluster.virtual('delete', 'pod', ...names, '--now'));
  const handles = async () => (await readdir(`/proc/${cluster.k3v().pid}/fd`)).length;

  /** Opens `count` streams of each kind to each of `pods` at once; resolves when something has come out of each. */
  const open = async (count: number, pods: string[], { follow = true, script = endless } = {}) => {
    const each = Array.from({ length: count }, () =>
      pods.map((pod) => [streams.exec(pod, script), streams.logs(pod, { follow }), streams.forward(pod, podPort)]),
    );
    const all = await Promise.all(each.flat(2));
    await Promise.all(all.map(({ spoken }) => spoken));
    return all;
  };
  const closed = async (all: PodStream[]) => void (await Promise.all(all.map((stream) => stream.closed)));

  it('leave no handle of 500, whether the pod ends, the client is cut off, or both are done', async () => {
    // For requests that have ended the API server keeps up to 25 connections to each kubelet: after this as many as it ever does.
    const early = await start('early');
    const first = await open(27, early);
    await remove(early);
    await closed(first);
    let before = 0;
    const isSteady = async () => {
      const last = before;
      before = await handles();
      expect(before).toBe(last);
    };
    await eventually(isSteady, { ...patience, everyMs: 1_000 });
    const isClean = async () => expect(await handles()).toBeLessThanOrEqual(before + tolerated);

    const doomed = await start('doomed');
    const losing = await open(27, doomed);
    expect(await handles()).toBeGreaterThan(before + 100);
    expect(residentMegabytes(cluster.k3v().pid)).toBeLessThan(mostMegabytes);
    await remove(doomed);
    await closed(losing);
    await eventually(isClean, patience);

    const staying = await start('staying');
    const cut = await open(30, staying);
    for (const stream of cut) stream.cut();
    await closed(cut);
    await eventually(isClean, patience);

    const done = await open(27, staying, { follow: false, script: 'echo done' });
    for (const stream of done) stream.end();
    await closed(done);
    await eventually(isClean, patience);
  });

  it('close when the host API server is killed, after which all goes on', async (context) => {
    // A new one starts when it ends.
    const apiServer = await findProcess('kube-apiserver', dirname(cluster.testHost.kubeconfig));
    if (apiServer === undefined) return context.skip('the API server of this host is in a container');
    const pods = await start('surviving');
    const before = await handles();
    const all = await open(5, pods);
    process.kill(apiServer, 'SIGKILL');
    await closed(all);
    for (const pod of pods) {
      await eventually(async () => await cluster.virtual('exec', pod, '--', 'true'), patience);
      expect(await cluster.virtual('logs', pod)).toContain('Started HTTP server');
    }
    await remove(await start('afterwards'));
    await eventually(async () => expect(await handles()).toBeLessThanOrEqual(before + tolerated), patience);
  });
});
