import { readdir, readFile } from 'node:fs/promises';

/** Returns the process that runs `program` with `mention` on its command line, undefined if this machine does not show it. */
export async function findProcess(program: string, mention: string): Promise<number | undefined> {
  return (await findProcesses(mention)).find(({ file }) => file.split('/').at(-1) === program)?.pid;
}

/** Returns the processes with `mention` on their command lines. */
export async function findProcesses(mention: string): Promise<{ pid: number; file: string }[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const [file = ''] = command.split('\0');
      return command.includes(mention) ? [{ pid, file }] : [];
    }),
  );
  return found.flat();
}
