import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { findProcess } from '../support/find-process.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { processorSeconds } from '../support/process-figures.ts';
import type { VirtualCluster } from '../support/virtual-cluster.ts';
import { print } from './print.ts';

const rounds = 5;
/** With a part of a processor each a round takes a minute. */
const roundsOnThree = 3;

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
export async function measureThroughput(
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

export function printThroughput(title: string, runs: Run[]): void {
  for (const { way, best } of runs) print(`${title}, ${way}`, `${best.toFixed(0)} MB/s`);
  const [virtual, straight] = runs;
  print('  ratio', ((virtual?.best ?? 0) / (straight?.best ?? 0)).toFixed(2));
}

export function printProcessorTime(runs: Run[]): void {
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
