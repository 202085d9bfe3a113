import { readdir, readFile, readlink } from 'node:fs/promises';

/** A TCP port, and the process that listens on it. */
export interface ListeningPort {
  pid: number;
  port: number;
}

/** Of a socket that listens, in /proc/net/tcp: `TCP_LISTEN` in the kernel's tcp_states.h. */
const listening = '0A';

/** Returns the TCP ports that the processes `pids` listen on, of both families. Linux only. */
export async function listeningPorts(pids: number[]): Promise<ListeningPort[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map(async (name) => await readFile(`/proc/net/${name}`, 'utf8')));
  const portOf = new Map(
    tables.flatMap((table) =>
      table.split('\n').flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === listening ? [[inode, Number.parseInt(local.split(':')[1] ?? '', 16)] as const] : [];
      }),
    ),
  );
  const found = await Promise.all(
    pids.map(async (pid) => {
      const ports = (await socketsOf(pid)).flatMap((inode) => portOf.get(inode) ?? []);
      return [...new Set(ports)].map((port) => ({ pid, port }));
    }),
  );
  return found.flat();
}

/** The inodes of a process' sockets. */
async function socketsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch((): string[] => []);
  const links = await Promise.all(names.map(async (name) => await readlink(`${folder}/${name}`).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
