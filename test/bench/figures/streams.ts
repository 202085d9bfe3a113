import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRealHost } from '../../host/real-host.ts';
import { eventually } from '../../support/eventually.ts';
import { findProcesses } from '../../support/find-process.ts';
import { podStreams } from '../../support/pod-streams.ts';
import { residentMegabytes } from '../../support/process-figures.ts';
import { createProcessorShare } from '../../support/processor-share.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag } from '../../support/virtual-cluster.ts';
import { ratios } from '../alternate.ts';
import { type Figure, fewRuns, type Row } from '../figure.ts';
import { median } from '../statistics.ts';
import { measureThroughput, type StreamRun } from '../stream-throughput.ts';

const port = 28_052;
const pods = 4;
const atOnce = 15;
const amounts = {
  small: { exec: 20, logs: 10, execMegabytes: 30, logMegabytes: 20 },
  default: { exec: 200, logs: 100, execMegabytes: 300, logMegabytes: 200 },
  full: { exec: 200, logs: 100, execMegabytes: 300, logMegabytes: 200 },
};
type Amounts = (typeof amounts)['full'];
/** With a part of a processor each a run takes a minute. */
const mostRunsOnThree = 3;
/** Of one processor, for each of three machines: together a little less than the two that there are at least. */
const machineSize = 0.6;
const settleMs = 3_000;
const patience = { timeoutMs: 120_000, everyMs: 200 };

/** What logs and streams cost. First all of it, the host included, shares the processors of this machine; then the host, k3v and kubectl each get a part of them that they share with nobody, as on three machines. */
export const streams: Figure = {
  name: 'streams',
  describe: 'what kubectl exec and logs say, through k3v and straight from the host',
  host: 'real',
  async measure(bench) {
    const amount = amounts[bench.size];
    const startHost = async () => await startRealHost({ name: 'bench', logMegabytes: 2 * amount.logMegabytes });
    const cluster = await startVirtualCluster(startHost, { port, program: bench.program });
    try {
      const names = Array.from({ length: pods }, (_, index) => `idle-${index}`);
      await cluster.apply(...names.map((name) => pod(name, 'echo ready; sleep 36000')));
      await cluster.apply(pod('talking', talk(amount)));
      await cluster.virtual('wait', '--for=condition=Ready', ...[...names, 'talking'].map((n) => `pod/${n}`), waitFlag);
      const rows = await memoryRows(cluster, amount, names);
      await eventually(async () => {
        const tail = await cluster.virtual('logs', 'talking', '--tail=1');
        if (tail !== 'all is said') throw new Error(`the pod still writes its log: ${tail}`);
      }, patience);
      const commands: [string, (name: string) => string[]][] = [
        [`exec … cat of ${amount.execMegabytes} MB`, (name) => ['exec', name, '--', 'cat', '/tmp/big']],
        [`logs of ${amount.logMegabytes} MB`, (name) => ['logs', name]],
      ];
      for (const [title, commandFor] of commands) {
        const { virtual, direct } = await measureThroughput(cluster, { runs: bench.runs }, commandFor);
        rows.push(timeRow(title, virtual, direct), ...processorRows(virtual, direct));
      }
      await onThreeMachines(cluster, async (kubectlFile) => {
        for (const [title, commandFor] of commands) {
          const how = { runs: fewRuns(bench, mostRunsOnThree), kubectlFile };
          const { virtual, direct } = await measureThroughput(cluster, how, commandFor);
          rows.push(timeRow(`${title}, three machines`, virtual, direct));
        }
      });
      return rows;
    } finally {
      await cluster.stop();
    }
  },
};

function timeRow(title: string, virtual: StreamRun[], direct: StreamRun[]): Row {
  const speeds = (runs: StreamRun[]) => runs.map(({ megabytesPerSecond }) => megabytesPerSecond);
  return {
    title: `${title}, ÷ direct`,
    unit: '×',
    samples: ratios(speeds(direct), speeds(virtual)),
    note: `${median(speeds(virtual)).toFixed(0)} MB/s, direct ${median(speeds(direct)).toFixed(0)} MB/s`,
  };
}

function processorRows(virtual: StreamRun[], direct: StreamRun[]): Row[] {
  const total = (runs: StreamRun[]) =>
    runs.map(({ seconds }) => [...seconds.values()].reduce((sum, each) => sum + each, 0));
  const whoever = [...(virtual[0]?.seconds.keys() ?? [])];
  const parts = whoever.map(
    (who) => `${who} ${median(virtual.map(({ seconds }) => seconds.get(who) ?? 0)).toFixed(2)}`,
  );
  const samples = ratios(total(virtual), total(direct));
  const note = `for 100 MB in seconds: ${parts.join(', ')}; direct, all ${median(total(direct)).toFixed(2)}`;
  return [{ title: '  processor time of all that take part, ÷ direct', unit: '×', samples, note }];
}

/** The memory of k3v before, with and after all sessions. */
async function memoryRows(cluster: VirtualCluster, { exec, logs }: Amounts, names: string[]): Promise<Row[]> {
  const { pid } = cluster.k3v();
  const streaming = podStreams(join(cluster.folder, 'kubeconfig.yaml'));
  const nameOf = (index: number) => names[index % names.length] ?? '';
  const opens = [
    ...Array.from({ length: exec }, (_, index) => () => streaming.exec(nameOf(index), 'echo hi; sleep 36000')),
    ...Array.from({ length: logs }, (_, index) => () => streaming.logs(nameOf(index), { follow: true })),
  ];
  const rows: Row[] = [];
  const look = async (when: string) => {
    await sleep(settleMs);
    const note = `${readdirSync(`/proc/${pid}/fd`).length} handles`;
    rows.push({ title: `RSS of k3v, ${when}`, unit: 'MB', samples: [residentMegabytes(pid)], note });
  };
  await look('no stream');
  const open = [];
  while (opens.length > 0) open.push(...(await Promise.all(opens.splice(0, atOnce).map((each) => each()))));
  await Promise.all(open.map(({ spoken }) => spoken));
  await look(`${exec} exec and ${logs} logs -f`);
  streaming.close();
  for (const stream of open) stream.cut();
  await look('streams ended');
  return rows;
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

/** Writes a log of lines of 120 bytes, and a file. */
function talk({ execMegabytes, logMegabytes }: Amounts): string {
  return [
    `head -c ${execMegabytes}000000 /dev/urandom > /tmp/big`,
    `yes "$(head -c 119 /dev/zero | tr '\\0' x)" | head -c ${logMegabytes}000040`,
    'echo; echo all is said; sleep 36000',
  ].join('; ');
}

function pod(name: string, script: string): object {
  const containers = [{ ...busybox, name: 'main', command: ['sh', '-c', script] }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers } };
}
