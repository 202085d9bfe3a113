import { readdir, readFile } from 'node:fs/promises';

/** Returns the pids of `root` and of all that it, or one of them, has started and is still there. Linux only. */
export async function processTree(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const parents = await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const));
  const found = [root];
  // What is found last is looked at, too.
  for (const each of found) found.push(...parents.flatMap(([pid, parent]) => (parent === each ? [pid] : [])));
  return found;
}

/** The name of a program stands in parentheses and may hold anything, also spaces and parentheses. */
async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : Number(parent);
}
