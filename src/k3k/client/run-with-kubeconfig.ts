import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { K3vError } from '../../errors.ts';

/** The part of `process` that matters here. */
export interface Signalled {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * Runs `command` with KUBECONFIG set to `kubeconfig`, on the terminal of this process, and resolves with its exit code: 128+n if a signal ended it. It is the command that ends at Ctrl-C,
 * which it gets from the terminal, and at what else `signalled` is told. Rejects with FLAG_INVALID if it cannot be run.
 */
export async function runWithKubeconfig(
  [program = '', ...args]: readonly string[],
  { kubeconfig, env, signalled }: { kubeconfig: string; env: Record<string, string | undefined>; signalled: Signalled },
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...env, KUBECONFIG: kubeconfig } });
  const listeners: [NodeJS.Signals, () => void][] = [
    ['SIGINT', () => undefined],
    ['SIGTERM', () => child.kill('SIGTERM')],
    ['SIGHUP', () => child.kill('SIGHUP')],
  ];
  for (const [name, listener] of listeners) signalled.on(name, listener);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(
          new K3vError('FLAG_INVALID', `${program} cannot be run: ${cause.message}`, {
            hint: 'What stands after -- is a program and its arguments, not a line of a shell.',
            cause,
          }),
        );
      });
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    for (const [name, listener] of listeners) signalled.off(name, listener);
  }
}
