import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Waits on file descriptor 3, a pipe whose other end only k3v holds: a line means "all is well, go", end of file means k3v is
 * dead, however it died. The shell then becomes the program itself, so that its pid is the one spawn returned and
 * its exit status arrives unchanged. The watchdog is a member of the process group that the program leads, therefore the
 * number of the group cannot be given to others as long as the watchdog lives, and the kill cannot hit a stranger.
 */
const watchdogScript = '{ read -r _ <&3 || kill -s KILL -- "-$$"; } </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"';

export interface GuardedProcessOptions {
  command: string;
  args: readonly string[];
  /** Added to the environment; not on Windows. */
  env?: Readonly<Record<string, string>> | undefined;
  cwd?: string | undefined;
}

/**
 * Spawns a program that cannot outlive this process, not even when this process is ended by SIGKILL. Standard output and
 * error are pipes. The program leads its own session, so that Ctrl-C on the
 * terminal reaches k3v alone, which then ends its children in order. On Windows libuv's job object does the same.
 */
export function spawnGuarded(options: GuardedProcessOptions): ChildProcess {
  const { command, args } = options;
  const settings = options.cwd === undefined ? {} : { cwd: options.cwd };
  if (process.platform === 'win32') {
    return spawn(command, args, { ...settings, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  }
  const added = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const program = added.length === 0 ? [command] : ['/usr/bin/env', ...added, command];
  const child = spawn('/bin/sh', ['-c', watchdogScript, 'sh', ...program, ...args], {
    ...settings,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // Ends with the child; an error on it only says so.
  child.stdio[3]?.on('error', () => {});
  return child;
}

/** Kills what is left of the process group that `pid` leads, the watchdog included. */
export function killChildGroup(pid: number): void {
  signalProcess(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
}

/** Sends `signal` to `pid`; nothing happens when it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: already gone.
  }
}
