import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigYaml } from '../../src/control-plane/kubeconfig.ts';
import { eventually } from './eventually.ts';
import { type FaultProxy, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import type { K3kHost } from './k3k-host.ts';

const program = join(import.meta.dirname, '../../bin/k3v');
const patient = { timeoutMs: 120_000, everyMs: 100 };

/** One of several `k3v controller` on a host, run as a user runs it. It reaches the host through a proxy of its own, by which is known what it asks for. */
export interface ControllerProcess {
  proxy: FaultProxy;
  /** What it asked the host to change so far, oldest first, apart from the Lease. */
  writes(): ProxiedCall[];
  /** Resolves with a request of `verb` about an object of `plural` that is under way, as soon as there is one. */
  asks(verb: ProxiedCall['verb'], plural: string, name: string): Promise<ProxiedCall>;
  /** How often it has begun to lead, and ended. */
  terms(): { begun: number; ended: number };
  /** Who leads, as it said last. */
  leader(): string | undefined;
  /** Resolves when it leads for the time of that number, with the name under which it holds the Lease. */
  leads(term?: number): Promise<string>;
  /** Its figures, as Prometheus reads them. */
  figures(): Promise<string>;
  send(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves with the exit code, null when the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Ends what is left of it, and its proxy. */
  remove(): Promise<void>;
}

/** Starts one that serves its figures on `metricsPort`, without waiting for anything. */
export async function startControllerProcess(host: K3kHost, metricsPort: number): Promise<ControllerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-controller-'));
  const proxy = await startFaultProxy({ server: host.client.server, pki: host.pki });
  const kubeconfig = join(folder, 'host.yaml');
  await writeFile(kubeconfig, await kubeconfigFor(proxy), { mode: 0o600 });
  const metrics = `127.0.0.1:${metricsPort}`;
  const args = ['controller', '--kubeconfig', kubeconfig, '--image', 'k3v:1', '--metrics-address', metrics];
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));

  const lines = (): { msg: string; holder?: string }[] =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const count = (words: string) => lines().filter(({ msg }) => msg.startsWith(words)).length;
  const terms = () => ({ begun: count('leads: '), ended: count('leads no more') });
  const leader = () => lines().findLast(({ msg }) => msg === 'who leads')?.holder;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    proxy,
    writes: () => proxy.calls.filter((call) => isWrite(call) && call.plural !== 'leases'),
    asks: async (verb, plural, name) =>
      await eventually(() => {
        const wanted = [verb, plural, name].join(' ');
        const found = proxy.calls.find(
          (call) => [call.verb, call.plural, call.name].join(' ') === wanted && !call.code,
        );
        if (!found) throw new Error(`nobody asks for ${wanted}:\n${output}`);
        return found;
      }, patient),
    terms,
    leader,
    leads: async (term = 1) =>
      await eventually(() => {
        const name = leader();
        if (terms().begun < term || name === undefined) throw new Error(`it does not lead:\n${output}`);
        return name;
      }, patient),
    figures: async () => await (await fetch(`http://${metrics}/metrics`)).text(),
    send: (signal) => void child.kill(signal),
    end,
    async remove() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
      await proxy.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether it asks for more than to be told, or to have something tried out. */
export function isWrite({ method, path }: ProxiedCall): boolean {
  return method !== 'GET' && !path.includes('dryRun=All');
}

async function kubeconfigFor(proxy: FaultProxy): Promise<string> {
  const { certPem, keyPem } = await proxy.issueClient({ user: 'controller', group: 'system:masters' }, 86_400);
  return kubeconfigYaml({ server: proxy.url, caPem: proxy.caPem(), certPem, keyPem, contextName: 'host' });
}
