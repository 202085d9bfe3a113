import { readFileSync } from 'node:fs';

/** Of Linux, for every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Returns the seconds that the processors have worked for `pid` (proc(5), stat: utime and stime), or for its ended children (cutime and cstime). */
export function processorSeconds(pid: number, whose: 'own' | 'children' = 'own'): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const first = whose === 'own' ? 11 : 13;
  return (Number(fields[first]) + Number(fields[first + 1])) / ticksPerSecond;
}

/** Returns the memory of `pid` that is in use, in MB. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
