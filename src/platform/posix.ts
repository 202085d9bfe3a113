import { execFile, spawn } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import type { Platform } from './platform.ts';
import { signalProcess } from './signal-process.ts';
import { userCache } from './user-cache.mjs';

/**
 * Waits on file descriptor 3, a pipe whose other end only k3v holds: a line means "all is well, go", end of file means k3v is
 * dead, however it died. The shell then becomes the program itself, so that its pid is the one spawn returned and
 * its exit status arrives unchanged. The watchdog is a member of the process group that the program leads, therefore the
 * number of the group cannot be given to others as long as the watchdog lives, and the kill cannot hit a stranger.
 */
const watchdogScript = '{ read -r _ <&3 || kill -s KILL -- "-$$"; } </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"';

const common = {
  cacheVariable: 'XDG_CACHE_HOME',
  egressTransport: 'unix',
  hasDrives: false,
  executableName: (program) => program,
  renameFolder: rename,
  spawnGuarded({ command, args, ...environment }) {
    const child = spawn('/bin/sh', ['-c', watchdogScript, 'sh', command, ...args], {
      ...childEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // Leads a session of its own.
      detached: true,
    });
    // Ends with the child; an error on it only says so.
    child.stdio[3]?.on('error', () => {});
    return child;
  },
  askToEnd: (pid) => signalProcess(pid, 'SIGTERM'),
  kill: (pid) => signalProcess(-pid, 'SIGKILL'),
  // The watchdog at least.
  killRemains: (pid) => signalProcess(-pid, 'SIGKILL'),
} satisfies Partial<Platform>;

export const linux: Platform = {
  ...common,
  cacheFolder: (env, home) => userCache('linux', env, home),
  startOf: startFromProc,
};

export const macos: Platform = {
  ...common,
  cacheFolder: (env, home) => userCache('darwin', env, home),
  startOf: startFromPs,
};

/** Any other Unix. */
export const posix: Platform = { ...linux, startOf: startFromPs };

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)): clock ticks since boot. The command in field 2 may hold spaces and brackets. */
async function startFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** A date, to the second. */
async function startFromPs(pid: number): Promise<string | undefined> {
  // In one language and one time zone, whatever those of this user are or become.
  const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' };
  const run = promisify(execFile);
  const result = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env }).catch(() => undefined);
  const [state = '', ...start] = result?.stdout.trim().split(/\s+/) ?? [];
  return state === '' || state.startsWith('Z') ? undefined : start.join(' ');
}
