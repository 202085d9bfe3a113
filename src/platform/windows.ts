import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import type { Platform } from './platform.ts';
import { renameWhenLetGo } from './rename-when-let-go.ts';
import { signalProcess } from './signal-process.ts';
import { userCache } from './user-cache.mjs';

/** Runs a program and returns what it wrote to standard output; rejects when it fails. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

/**
 * Windows has no signals: a process that Node sends SIGTERM to ends at once (TerminateProcess), which costs the children of k3v nothing, as a crash would
 * not. libuv puts them into a job object that ends with k3v.
 */
export function createWindows(run: RunProgram): Platform {
  return {
    egressTransport: 'tcp',
    hasDrives: true,
    executableName: (program) => `${program}.exe`,
    cacheVariable: 'LOCALAPPDATA',
    cacheFolder: (env, home) => userCache('win32', env, home),
    renameFolder: renameWhenLetGo,
    spawnGuarded({ command, args, ...environment }) {
      const options = { ...childEnvironment(environment), windowsHide: true };
      return spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    },
    askToEnd: (pid) => signalProcess(pid, 'SIGTERM'),
    kill: (pid) => signalProcess(pid, 'SIGKILL'),
    // There are no groups; the number may be another's by now.
    killRemains: () => {},
    async startOf(pid) {
      const script = `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.ToFileTimeUtc()`;
      const found = await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]).catch(() => '');
      return /^\d+$/.exec(found.trim())?.[0];
    },
  };
}

export const windows = createWindows(async (program, args) => {
  const { stdout } = await promisify(execFile)(program, args, { windowsHide: true });
  return stdout;
});
