import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClusterWish } from './cli/cluster-command.ts';
import type { CreateWish } from './cli/cluster-create-command.ts';
import { K3vError } from './errors.ts';
import { giveClusterKubeconfig } from './give-cluster-kubeconfig.ts';
import type { HostConfig } from './host/load-kubeconfig.ts';
import { refuseOwnKubeconfig } from './host/refuse-own-kubeconfig.ts';
import { clusterChanges } from './k3k/client/cluster-changes.ts';
import { findServer, readClusterKubeconfig, withServer } from './k3k/client/cluster-kubeconfig.ts';
import { isPaused, isReady } from './k3k/client/cluster-standing.ts';
import { createCluster } from './k3k/client/create-cluster.ts';
import { deleteCluster, waitUntilGone } from './k3k/client/delete-clusters.ts';
import { findCluster, nameOf, wordFor } from './k3k/client/find-cluster.ts';
import { forwardPort } from './k3k/client/forward-port.ts';
import { openServerStream } from './k3k/client/open-server-stream.ts';
import { readAuthorities } from './k3k/client/read-authorities.ts';
import { runWithKubeconfig } from './k3k/client/run-with-kubeconfig.ts';
import { hostName } from './k3k/client/server-candidates.ts';
import { showCluster, showClusters } from './k3k/client/show-clusters.ts';
import { waitForCluster } from './k3k/client/wait-for-cluster.ts';
import { pausedAnnotation } from './k3k/names.ts';
import { type Cluster, k3kResources } from './k3k/types.ts';
import { isConflict } from './kube/errors.ts';
import type { StreamingKubeClient } from './kube/rest-client.ts';
import { type HostCommandOptions, asked, withHostClient } from './open-host-client.ts';
import { placeKubeconfig, refuseOwn } from './place-kubeconfig.ts';
import { within } from './progress.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** For how long an address is looked for: that of a cluster that has just been made is there a moment later. */
const patienceMs = 20_000;

interface Host {
  client: StreamingKubeClient;
  host: HostConfig;
}

/**
 * Does what `k3v cluster …` says, and resolves with the exit code that a command it runs ended with, else 0. Rejects as `withHostClient` and what it calls do.
 */
export async function runClusterCommand(wish: ClusterWish, options: HostCommandOptions): Promise<number> {
  const { say } = options;
  return await withHostClient(options, async (on) => {
    const { client, host } = on;
    switch (wish.do) {
      case 'create':
        refuseOwn(wish, host);
        await create(wish, on, options);
        return 0;
      case 'update':
        await update(wish, on, options);
        return 0;
      case 'list': {
        const { items } = await client.list<Cluster>(k3kResources.clusters, { namespace: wish.namespace });
        say(showClusters(items, wish.as, Date.now()));
        return 0;
      }
      case 'get':
        say(showCluster(await findCluster(client, wish.target), wish.as, Date.now()));
        return 0;
      case 'delete':
        await remove(wish, on, options);
        return 0;
      case 'kubeconfig':
        await giveClusterKubeconfig(wish, on, options);
        return 0;
      case 'pause':
      case 'resume':
        await pauseOrResume(wish, on, options);
        return 0;
      case 'connect':
        return await connect(wish, on, options);
    }
  });
}

async function create(wish: CreateWish, { client }: Host, options: HostCommandOptions): Promise<void> {
  const { target, fields, token, policy, certsFolder, server, waitSeconds } = wish;
  const { progress, program = 'k3v', say, signal } = options;
  const authorities = certsFolder === undefined ? [] : await readAuthorities(certsFolder);
  const spec = { ...fields.spec, ...sansOf(wish, client.server) };
  const { labels = {}, annotations = {} } = fields;
  const wanted = { target, labels, annotations, spec, token, authorities, policy };
  const step = progress.step(`cluster ${nameOf(target)}`);
  const made = await within(step, async () => {
    await createCluster(client, wanted, signal);
    if (waitSeconds === undefined) return undefined;
    return await waitForCluster(
      client,
      target,
      { isDone: isReady, goal: 'ready' },
      { ...options, seconds: waitSeconds, step },
    );
  });
  step.done(made?.status?.version ?? '');
  if (!made)
    return say(`made cluster ${nameOf(target)}; ${program} cluster get ${wordFor(target)} shows where it stands\n`);
  say(`cluster ${nameOf(target)} is ready\n`);
  const content = await readClusterKubeconfig(client, made);
  const found = server === undefined ? await findServer(client, made, content, { patienceMs, signal }) : { server };
  if ('tried' in found) {
    const tried =
      found.tried.length > 0 ? `at none of its addresses (${found.tried.join(', ')})` : 'as it is not exposed';
    return say(
      `it is not reached from here, ${tried}: ${program} cluster connect ${wordFor(target)} holds a way open\n`,
    );
  }
  say(await placeKubeconfig(wish, withServer(content, found.server), { target, host: client.server, ...options }));
  if (!wish.merge) say(`  kubectl --kubeconfig ${wish.to} get namespaces\n`);
}

/** Names by which the kubeconfig may lead there: of the server that is given, and as a node port is also there on the machine of the host's API server. */
function sansOf({ fields: { spec }, server }: CreateWish, host: string): { tlsSANs?: string[] } {
  const given = Array.isArray(spec['tlsSANs']) ? spec['tlsSANs'].map(String) : [];
  const isOnNodes = Reflect.has(Object(spec['expose']), 'nodePort');
  const names = [...given, ...(server === undefined ? [] : [hostName(server)]), ...(isOnNodes ? [hostName(host)] : [])];
  return names.length > 0 ? { tlsSANs: [...new Set(names)] } : {};
}

async function update(
  { target, fields, yes, waitSeconds }: Extract<ClusterWish, { do: 'update' }>,
  { client }: Host,
  options: HostCommandOptions,
): Promise<void> {
  const { progress, say, ask } = options;
  const cluster = await findCluster(client, target);
  const changes = clusterChanges(cluster, fields);
  if (!changes) return say(`cluster ${nameOf(target)} is so already\n`);
  say(`cluster ${nameOf(target)}:\n${changes.lines.map((line) => `  ${line}\n`).join('')}`);
  if (!yes && !ask) {
    throw new K3vError('FLAG_INVALID', 'k3v cluster update has no terminal to ask on', {
      hint: 'Give --yes to change it so.',
    });
  }
  if (!(await asked({ yes }, ask, 'Change it?'))) return say('nothing is changed\n');
  const { resourceVersion } = cluster.metadata;
  const ref = { resource: k3kResources.clusters, ...target };
  try {
    await client.patch<Cluster>(ref, 'merge', withVersion(changes.patch, resourceVersion));
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw new K3vError('CLUSTER_REFUSED', `cluster ${nameOf(target)} has been changed meanwhile`, {
      hint: 'Run the same again: it shows what would change now.',
      cause: error,
    });
  }
  if (waitSeconds === undefined) return say('changed\n');
  const step = progress.step(`cluster ${nameOf(target)}`);
  const waiting = { ...options, seconds: waitSeconds, step };
  const isDone = (found: Cluster) => isReady(found) || isPaused(found);
  await within(step, async () => await waitForCluster(client, target, { isDone, goal: 'changed' }, waiting));
  step.done();
  say('changed\n');
}

/** Nobody may have changed it since. */
function withVersion(patch: object, resourceVersion: string | undefined): object {
  const metadata: unknown = Reflect.get(patch, 'metadata');
  return { ...patch, metadata: { ...Object(metadata), resourceVersion } as unknown };
}

async function remove(
  { what, keepData, yes, waitSeconds }: Extract<ClusterWish, { do: 'delete' }>,
  { client }: Host,
  options: HostCommandOptions,
): Promise<void> {
  const { progress, say, ask } = options;
  const isAll = 'allIn' in what;
  const clusters = isAll
    ? (await client.list<Cluster>(k3kResources.clusters, { namespace: what.allIn })).items
    : [await findCluster(client, what)];
  if (clusters.length === 0) return say('no clusters\n');
  if (isAll && !yes && !ask) {
    throw new K3vError('FLAG_INVALID', 'k3v cluster delete --all has no terminal to ask on', {
      hint: 'See with k3v cluster list what it would delete, then give --yes.',
    });
  }
  const names = clusters.map(({ metadata: { namespace = '', name } }) => `${namespace}/${name}`);
  const data = keepData ? 'its volumes stay' : 'with all that is in it, and its data';
  if (!(await asked({ yes }, ask, `Delete ${names.join(', ')}, ${data}?`))) return say('nothing is deleted\n');
  for (const cluster of clusters) await deleteCluster(client, cluster, { keepData });
  if (waitSeconds === undefined) return say(`asked for the end of ${names.join(', ')}\n`);
  for (const [index, cluster] of clusters.entries()) {
    const step = progress.step(`delete cluster ${names[index]}`);
    const waiting = { ...options, seconds: waitSeconds, step, keepData };
    await within(step, async () => await waitUntilGone(client, cluster, waiting));
    step.done();
    say(`deleted cluster ${names[index]}\n`);
  }
}

async function pauseOrResume(
  { do: what, target, waitSeconds }: Extract<ClusterWish, { do: 'pause' | 'resume' }>,
  { client }: Host,
  options: HostCommandOptions,
): Promise<void> {
  const { progress, say } = options;
  await findCluster(client, target);
  const annotations = { [pausedAnnotation]: what === 'pause' ? 'true' : null };
  const ref = { resource: k3kResources.clusters, ...target };
  await client.patch<Cluster>(ref, 'merge', { metadata: { annotations } });
  if (waitSeconds !== undefined) {
    const goal =
      what === 'pause'
        ? ({ isDone: isPaused, goal: 'paused' } as const)
        : ({ isDone: isReady, goal: 'ready' } as const);
    const step = progress.step(`${what} cluster ${nameOf(target)}`);
    const waiting = { ...options, seconds: waitSeconds, step };
    await within(step, async () => await waitForCluster(client, target, goal, waiting));
    step.done();
  }
  say(what === 'pause' ? `cluster ${nameOf(target)} is paused\n` : `cluster ${nameOf(target)} is resumed\n`);
}

async function connect(
  { target, port, to, command }: Extract<ClusterWish, { do: 'connect' }>,
  { client, host }: Host,
  { env, say, onError, signal, leaveSignals }: HostCommandOptions,
): Promise<number> {
  const folder = command ? await mkdtemp(join(tmpdir(), 'k3v-connect-')) : undefined;
  const file = folder === undefined ? resolve(to) : join(folder, 'kubeconfig.yaml');
  refuseOwnKubeconfig(host, file);
  const content = await readClusterKubeconfig(client, await findCluster(client, target));
  const open = async (ending: AbortSignal) => await openServerStream(client, target, ending);
  const forwarded = await forwardPort({ port, open, onError });
  try {
    const server = `https://127.0.0.1:${forwarded.port}`;
    await writeFileAtomically(file, withServer(content, server));
    if (command) return await runWithKubeconfig(command, { kubeconfig: file, env, signalled: leaveSignals() });
    say(`${server} leads to cluster ${nameOf(target)} until Ctrl-C\n  kubectl --kubeconfig ${to} get namespaces\n`);
    await aborted(signal);
    return 0;
  } finally {
    await forwarded.stop();
    await rm(folder ?? file, { recursive: true, force: true });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
}
