import { type HostConfig, needKubeconfig } from './host/load-kubeconfig.ts';
import { hostAnswer } from './k3k/client/host-answer.ts';
import type { Signalled } from './k3k/client/run-with-kubeconfig.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import type { StreamingKubeClient } from './kube/rest-client.ts';
import type { Config } from './cli/config.ts';
import type { Program } from './cli/program.ts';
import type { Progress } from './progress.ts';
import { userAgent } from './version.ts';

/** What the commands on a host work with. */
export interface HostCommandOptions {
  config: Pick<Config, 'kubeconfig' | 'context'>;
  /** The name that it was started by. Default: k3v. */
  program?: Program;
  env: Record<string, string | undefined>;
  progress: Progress;
  /** Told of what changes while something is waited for, where `progress` does not show it. */
  onChange: (words: string) => void;
  /** Told of what goes wrong in a way that the command goes on from. */
  onError: (error: unknown) => void;
  /** Prints for the user. */
  say: (text: string) => void;
  /** Asks the user; undefined where there is no terminal. */
  ask: ((question: string) => Promise<boolean>) | undefined;
  /** Aborts when the user interrupts. */
  signal: AbortSignal;
  /** Has signals be left to a command that is run on the terminal, and passes on what only this process gets. */
  leaveSignals: () => Signalled;
}

/** Does `work` with a client of the host that the flags, the environment and the usual files name. Rejects as `loadKubeconfig`, `hostAnswer` and `work` do. */
export async function withHostClient<T>(
  { config, env }: Pick<HostCommandOptions, 'config' | 'env'>,
  work: (host: { client: StreamingKubeClient; host: HostConfig }) => Promise<T>,
): Promise<T> {
  const host = needKubeconfig({ ...config, env }, 'Give it with --kubeconfig, or in KUBECONFIG.');
  const client = clientFromKubeConfig(host.config, { latest: host.latest, userAgent });
  try {
    return await work({ client, host });
  } catch (error) {
    throw hostAnswer(error) ?? error;
  } finally {
    client.close();
  }
}

/** Resolves with whether to go on: with `--yes`, where nobody can be asked, or when the answer is yes. */
export async function asked(
  { yes }: { yes: boolean },
  ask: HostCommandOptions['ask'],
  question: string,
): Promise<boolean> {
  return yes || !ask || (await ask(question));
}
