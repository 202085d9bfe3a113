import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { findProcess } from '../support/find-process.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { processorSeconds } from '../support/process-figures.ts';
import type { VirtualCluster } from '../support/virtual-cluster.ts';
import { alternate } from './alternate.ts';

/** How kubectl got what a command says, once. */
export interface StreamRun {
  megabytesPerSecond: number;
  /** Of the processors for 100 MB, by who worked. */
  seconds: Map<string, number>;
}

/**
 * Returns how fast kubectl gets what a command says, through k3v and straight from the host, taking turns, and the processor time that it takes, which does not depend
 * on what else this machine does, but for its caches. `kubectlFile` is that of the control group that kubectl joins; default: none.
 */
export async function measureThroughput(
  cluster: VirtualCluster,
  { runs, kubectlFile = '/dev/null' }: { runs: number; kubectlFile?: string | undefined },
  commandFor: (pod: string) => string[],
): Promise<Record<'virtual' | 'direct', StreamRun[]>> {
  const { folder, testHost, translator } = cluster;
  const hostPod = translator.hostName('Pod', 'default', 'talking');
  const toHost = ['--kubeconfig', testHost.kubeconfig, '-n', translator.hostNamespace];
  const oneRun = async (args: string[]): Promise<StreamRun> => {
    const before = await processorTimes(cluster);
    const { megabytes, seconds } = await readAll(args, kubectlFile);
    const times = [...(await processorTimes(cluster))].map(
      ([who, time]) => [who, ((time - (before.get(who) ?? 0)) * 100) / megabytes] as const,
    );
    return { megabytesPerSecond: megabytes / seconds, seconds: new Map(times) };
  };
  return await alternate(runs, {
    virtual: async () => await oneRun(['--kubeconfig', join(folder, 'kubeconfig.yaml'), ...commandFor('talking')]),
    direct: async () => await oneRun([...toHost, ...commandFor(hostPod)]),
  });
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
async function readAll(args: string[], groupFile: string): Promise<{ megabytes: number; seconds: number }> {
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
