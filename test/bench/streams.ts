// `npm run bench`: prints what logs and streams cost k3v, on a real host. Compare figures within one run. First all of it, the host included,
// shares the processors of this machine; then the host, k3v and kubectl each get a part of them that they share with nobody, as on
// three machines.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRealHost } from '../host/real-host.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import { eventually } from '../support/eventually.ts';
import { findProcesses } from '../support/find-process.ts';
import { podStreams } from '../support/pod-streams.ts';
import { residentMegabytes } from '../support/process-figures.ts';
import { createProcessorShare } from '../support/processor-share.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag } from '../support/virtual-cluster.ts';
import { print } from './print.ts';
import { measureThroughput, printProcessorTime, printThroughput } from './stream-throughput.ts';

const sessions = { exec: 200, logs: 100 };
const pods = 4;
const atOnce = 15;
const execMegabytes = 300;
const logMegabytes = 200;
/** Of one processor, for each of three machines: together a little less than the two that there are at least. */
const machineSize = 0.6;
/** Writes a log of lines of 120 bytes, and a file. */
const talk = [
  `head -c ${execMegabytes}000000 /dev/urandom > /tmp/big`,
  `yes "$(head -c 119 /dev/zero | tr '\\0' x)" | head -c ${logMegabytes}000040`,
  'echo; echo all is said; sleep 36000',
].join('; ');
const settleMs = 3_000;
const patience = { timeoutMs: 120_000, everyMs: 200 };

const unavailable = await realHostUnavailable();
if (unavailable === undefined) await measure();
else print('logs and streams', `not measured: ${unavailable}`);

async function measure(): Promise<void> {
  const startHost = async () => await startRealHost({ name: 'bench', logMegabytes: 2 * logMegabytes });
  const cluster = await startVirtualCluster(startHost, { port: 27_643 });
  try {
    const names = Array.from({ length: pods }, (_, index) => `idle-${index}`);
    await cluster.apply(...names.map((name) => pod(name, 'echo ready; sleep 36000')));
    await cluster.apply(pod('talking', talk));
    await cluster.virtual('wait', '--for=condition=Ready', ...[...names, 'talking'].map((n) => `pod/${n}`), waitFlag);
    await printMemory(cluster, names);
    await eventually(async () => {
      const tail = await cluster.virtual('logs', 'talking', '--tail=1');
      if (tail !== 'all is said') throw new Error(`the pod still writes its log: ${tail}`);
    }, patience);
    const commands: [string, (name: string) => string[]][] = [
      [`exec … cat of ${execMegabytes} MB`, (name) => ['exec', name, '--', 'cat', '/tmp/big']],
      [`logs of ${logMegabytes} MB`, (name) => ['logs', name]],
    ];
    for (const [title, commandFor] of commands) {
      const runs = await measureThroughput(cluster, commandFor);
      printThroughput(title, runs);
      printProcessorTime(runs);
    }
    await onThreeMachines(cluster, async (kubectlFile) => {
      for (const [title, commandFor] of commands) {
        printThroughput(`${title}, three machines`, await measureThroughput(cluster, commandFor, { kubectlFile }));
      }
    });
  } finally {
    await cluster.stop();
  }
}

/** Prints the memory of k3v before, with and after all sessions. */
async function printMemory(cluster: VirtualCluster, names: string[]): Promise<void> {
  const { pid } = cluster.k3v();
  const streams = podStreams(join(cluster.folder, 'kubeconfig.yaml'));
  const nameOf = (index: number) => names[index % names.length] ?? '';
  const opens = [
    ...Array.from({ length: sessions.exec }, (_, index) => () => streams.exec(nameOf(index), 'echo hi; sleep 36000')),
    ...Array.from({ length: sessions.logs }, (_, index) => () => streams.logs(nameOf(index), { follow: true })),
  ];
  await sleep(settleMs);
  print('RSS of k3v, no stream', `${residentMegabytes(pid)} MB`);
  const open = [];
  while (opens.length > 0) open.push(...(await Promise.all(opens.splice(0, atOnce).map((each) => each()))));
  await Promise.all(open.map(({ spoken }) => spoken));
  await sleep(settleMs);
  print(`RSS of k3v, ${sessions.exec} exec and ${sessions.logs} logs -f`, `${residentMegabytes(pid)} MB`);
  print('  handles of it', String(readdirSync(`/proc/${pid}/fd`).length));
  streams.close();
  for (const stream of open) stream.cut();
  await sleep(settleMs);
  print('RSS of k3v, streams ended', `${residentMegabytes(pid)} MB`);
  print('  handles of it', String(readdirSync(`/proc/${pid}/fd`).length));
}

/** Calls `action` while host, k3v and kubectl have `machineSize` each; with the file by which a process joins kubectl's. */
async function onThreeMachines(
  { folder, testHost, k3v }: VirtualCluster,
  action: (kubectlFile: string) => Promise<void>,
): Promise<void> {
  const share = (name: string) => createProcessorShare(`k3v-bench-${name}`, machineSize);
  const [host, own, kubectl] = [share('host'), share('k3v'), share('kubectl')];
  try {
    for (const { pid } of await findProcesses(dirname(testHost.kubeconfig))) host.join(pid);
    own.join(k3v().pid);
    for (const { pid } of await findProcesses(folder)) own.join(pid);
    await action(kubectl.file);
  } finally {
    for (const each of [host, own, kubectl]) each.end();
  }
}

function pod(name: string, script: string): object {
  const containers = [{ ...busybox, name: 'main', command: ['sh', '-c', script] }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers } };
}
