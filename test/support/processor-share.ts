import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const periodMicroseconds = 10_000;
const version1 = '/sys/fs/cgroup/cpu';
const version2 = '/sys/fs/cgroup';

/** Processes that together get so much of the processors and no more, as if they had a small machine of their own. */
export interface ProcessorShare {
  /** Joins a process, and those that it starts from now on. */
  join(pid: number): void;
  /** The file that a process joins by writing its number into it. */
  file: string;
  /** Sets them free. */
  end(): void;
}

/** Returns a share of `cores` processors, in a control group `name` of its own (version 1 or 2). Throws if the kernel has none to give. */
export function createProcessorShare(name: string, cores: number): ProcessorShare {
  const root = existsSync(version1) ? version1 : version2;
  const folder = join(root, name);
  const quota = Math.round(cores * periodMicroseconds);
  mkdirSync(folder);
  if (root === version1) {
    writeFileSync(join(folder, 'cpu.cfs_period_us'), String(periodMicroseconds));
    writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota));
  } else {
    writeFileSync(join(folder, 'cpu.max'), `${quota} ${periodMicroseconds}`);
  }
  const file = join(folder, 'cgroup.procs');
  return {
    file,
    join: (pid) => writeFileSync(file, String(pid)),
    end() {
      const free = join(root, 'cgroup.procs');
      for (const pid of readFileSync(file, 'utf8').split('\n').filter(Boolean)) writeFileSync(free, pid);
      rmdirSync(folder);
    },
  };
}
