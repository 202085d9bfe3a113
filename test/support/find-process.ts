import { readdir, readFile } from 'node:fs/promises';

/** Returns the process that runs `program` with `mention` on its command line, undefined if this machine does not show it. */
export async function findProcess(program: string, mention: string): Promise<number | undefined> {
  for (const pid of (await readdir('/proc')).map(Number).filter((each) => each > 0)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [file = ''] = command.split('\0');
    if (file.split('/').at(-1) === program && command.includes(mention)) return pid;
  }
  return undefined;
}
