import type { ChildProcess } from 'node:child_process';

export interface GuardedProcessOptions {
  command: string;
  args: readonly string[];
  /** Added to the environment. May hold secrets: unlike arguments it is shown to this user alone. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Added to the environment where that does not have them. */
  envDefaults?: Readonly<Record<string, string>> | undefined;
  cwd?: string | undefined;
}

/** What differs between operating systems. All of k3v that asks which one it runs on asks here. */
export interface Platform {
  /** How the API server gets to k3v: by a Unix socket, or by TCP on the loopback behind mutual TLS, where Node has no such sockets. */
  readonly egressTransport: 'unix' | 'tcp';
  /** Returns the file name of a program. */
  executableName: (program: string) => string;
  /** Returns the user's folder for what can be had again, from the environment and the home folder. */
  cacheFolder(env: Readonly<Record<string, string | undefined>>, home: string): string;
  /** Paths begin with a drive. */
  readonly hasDrives: boolean;
  /** The variable of the environment that names that folder. */
  readonly cacheVariable: string;
  /** Renames a folder whose files have just been written; rejects with what the system says. */
  renameFolder: (from: string, to: string) => Promise<void>;
  /**
   * Spawns a program that cannot outlive this process, not even when this process is ended by SIGKILL. Standard output and error are pipes.
   * Ctrl-C on the terminal reaches k3v alone, which then ends its children in order.
   */
  spawnGuarded(options: GuardedProcessOptions): ChildProcess;
  /** Asks what `spawnGuarded` started to end; nothing happens when it is gone. */
  askToEnd(pid: number): void;
  /** Kills what `spawnGuarded` started, with all that it started; nothing happens when it is gone. */
  kill(pid: number): void;
  /** Kills what a program that has just ended may have left behind. */
  killRemains(pid: number): void;
  /**
   * Returns when the process `pid` began, in the system's own words, the same each time, or undefined when there is none or it is a zombie: with it
   * a process is told from any other that later gets the same pid.
   */
  startOf: (pid: number) => Promise<string | undefined>;
}
