// `npm run bench`: prints what logs and streams cost k3v, on a real host. Compare figures within one run: all of it, the host included,
// shares the processors of this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRealHost } from '../host/real-host.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { podStreams } from '../support/pod-streams.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag } from '../support/virtual-cluster.ts';

const sessions = { exec: 200, logs: 100 };
const pods = 4;
const atOnce = 15;
const execMegabytes = 300;
const logMegabytes = 200;
const rounds = 5;
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
    await printThroughput(cluster, `exec … cat of ${execMegabytes} MB`, (name) => [
      'exec',
      name,
      '--',
      'cat',
      '/tmp/big',
    ]);
    await printThroughput(cluster, `logs of ${logMegabytes} MB`, (name) => ['logs', name]);
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
  print('RSS of k3v, no stream', residentMegabytes(pid));
  const open = [];
  while (opens.length > 0) open.push(...(await Promise.all(opens.splice(0, atOnce).map((each) => each()))));
  await Promise.all(open.map(({ spoken }) => spoken));
  await sleep(settleMs);
  print(`RSS of k3v, ${sessions.exec} exec and ${sessions.logs} logs -f`, residentMegabytes(pid));
  print('  handles of it', String(readdirSync(`/proc/${pid}/fd`).length));
  streams.close();
  for (const stream of open) stream.cut();
  await sleep(settleMs);
  print('RSS of k3v, streams ended', residentMegabytes(pid));
  print('  handles of it', String(readdirSync(`/proc/${pid}/fd`).length));
}

/** Prints how fast kubectl gets what a command says, through k3v and straight from the host, taking turns; the best of each counts. */
async function printThroughput(
  { folder, testHost, translator }: VirtualCluster,
  title: string,
  commandFor: (pod: string) => string[],
): Promise<void> {
  const hostPod = translator.hostName('Pod', 'default', 'talking');
  const virtual = ['--kubeconfig', join(folder, 'kubeconfig.yaml'), ...commandFor('talking')];
  const straight = ['--kubeconfig', testHost.kubeconfig, '-n', translator.hostNamespace, ...commandFor(hostPod)];
  const speeds = { virtual: 0, straight: 0 };
  for (let round = 0; round < rounds; round++) {
    speeds.virtual = Math.max(speeds.virtual, await megabytesPerSecond(virtual));
    speeds.straight = Math.max(speeds.straight, await megabytesPerSecond(straight));
  }
  print(`${title}, through k3v`, `${speeds.virtual.toFixed(0)} MB/s`);
  print(`${title}, straight to the host`, `${speeds.straight.toFixed(0)} MB/s`);
  print('  ratio', (speeds.virtual / speeds.straight).toFixed(2));
}

async function megabytesPerSecond(args: string[]): Promise<number> {
  const began = performance.now();
  const child = spawn(await kubectlProgram(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${String(code)}`);
  return bytes / 1e3 / (performance.now() - began);
}

function pod(name: string, script: string): object {
  const containers = [{ ...busybox, name: 'main', command: ['sh', '-c', script] }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers } };
}

function residentMegabytes(pid: number): string {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${Math.round(Number(kilobytes) / 1024)} MB`;
}

function print(figure: string, value: string): void {
  process.stdout.write(`${figure.padEnd(64)} ${value}\n`);
}
