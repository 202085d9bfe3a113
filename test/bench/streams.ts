// `npm run bench`: prints what logs and streams cost k3v, on a real host. Compare figures within one run. First all of it, the host included,
// shares the processors of this machine; then the host, k3v and kubectl each get a part of them that they share with nobody, as on
// three machines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRealHost } from '../host/real-host.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import { eventually } from '../support/eventually.ts';
import { findProcess, findProcesses } from '../support/find-process.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { podStreams } from '../support/pod-streams.ts';
import { processorSeconds, residentMegabytes } from '../support/process-figures.ts';
import { createProcessorShare } from '../support/processor-share.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag } from '../support/virtual-cluster.ts';

const sessions = { exec: 200, logs: 100 };
const pods = 4;
const atOnce = 15;
const execMegabytes = 300;
const logMegabytes = 200;
const rounds = 5;
/** With a part of a processor each a round takes a minute. */
const roundsOnThree = 3;
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

/** How fast kubectl got what a command says, and what that took. */
interface Run {
  way: string;
  args: string[];
  /** In MB/s. */
  best: number;
  megabytes: number;
  seconds: Map<string, number>;
}

/**
 * Returns how fast kubectl gets what a command says, through k3v and straight from the host, taking turns; the best of each counts. Beside it
 * the processor time that it takes, which does not depend on what else this machine does, but for its caches.
 */
async function measureThroughput(
  cluster: VirtualCluster,
  commandFor: (pod: string) => string[],
  onThree?: { kubectlFile: string },
): Promise<Run[]> {
  const { folder, testHost, translator } = cluster;
  const hostPod = translator.hostName('Pod', 'default', 'talking');
  const toHost = ['--kubeconfig', testHost.kubeconfig, '-n', translator.hostNamespace];
  const run = (way: string, args: string[]): Run => ({ way, args, best: 0, megabytes: 0, seconds: new Map() });
  const runs = [
    run('through k3v', ['--kubeconfig', join(folder, 'kubeconfig.yaml'), ...commandFor('talking')]),
    run('straight to the host', [...toHost, ...commandFor(hostPod)]),
  ];
  for (let round = 0; round < (onThree ? roundsOnThree : rounds); round++) {
    for (const each of runs) {
      const before = await processorTimes(cluster);
      const { megabytes, seconds } = await readAll(each.args, onThree?.kubectlFile);
      const after = await processorTimes(cluster);
      each.best = Math.max(each.best, megabytes / seconds);
      each.megabytes += megabytes;
      for (const [who, time] of after)
        each.seconds.set(who, (each.seconds.get(who) ?? 0) + time - (before.get(who) ?? 0));
    }
  }
  return runs;
}

function printThroughput(title: string, runs: Run[]): void {
  for (const { way, best } of runs) print(`${title}, ${way}`, `${best.toFixed(0)} MB/s`);
  const [virtual, straight] = runs;
  print('  ratio', ((virtual?.best ?? 0) / (straight?.best ?? 0)).toFixed(2));
}

function printProcessorTime(runs: Run[]): void {
  for (const { way, megabytes, seconds } of runs) {
    print(`  processor time for 100 MB, ${way}`, '');
    for (const [who, time] of seconds) print(`    ${who}`, `${((time * 100) / megabytes).toFixed(2)} s`);
  }
}

/** Returns the seconds that the processors have worked for each of those that pass a stream on. */
async function processorTimes({ folder, testHost, k3v }: VirtualCluster): Promise<Map<string, number>> {
  const host = dirname(testHost.kubeconfig);
  const pids = new Map([
    ['k3v', k3v().pid],
    ['virtual API server', await findProcess('kube-apiserver', folder)],
    ['host API server', await findProcess('kube-apiserver', host)],
    ['kubelet', await findProcess('kubelet', host)],
    ['containerd', await findProcess('containerd', host)],
  ]);
  const times = [...pids].map(([who, pid]) => [who, pid === undefined ? 0 : processorSeconds(pid)] as const);
  return new Map([...times, ['kubectl', processorSeconds(process.pid, 'children')]]);
}

/** Runs kubectl, in the control group of `groupFile` if that is given, and reads what it says. */
async function readAll(args: string[], groupFile = '/dev/null'): Promise<{ megabytes: number; seconds: number }> {
  const began = performance.now();
  const script = 'echo $$ > "$0" && exec "$@"';
  const command = ['-c', script, groupFile, await kubectlProgram(), ...args];
  const child = spawn('sh', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${String(code)}`);
  return { megabytes: bytes / 1e6, seconds: (performance.now() - began) / 1e3 };
}

function pod(name: string, script: string): object {
  const containers = [{ ...busybox, name: 'main', command: ['sh', '-c', script] }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers } };
}

function print(figure: string, value: string): void {
  process.stdout.write(`${figure.padEnd(64)} ${value}\n`);
}
