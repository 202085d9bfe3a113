import { execa } from 'execa';

/** Brings up loopback, and an interface with an address that leads nowhere: an API server is not to be known by one of loopback. */
const script = [
  'ip link set lo up',
  'ip link add lan type veth peer name lan-end',
  'ip link set lan-end up',
  'ip link set lan up',
  'ip addr add 10.250.0.1/24 dev lan',
  'exec "$@"',
].join(' && ');

/** Command that runs what follows it in a network of its own, from which nothing else is reached; undefined: none can be had here, which takes Linux and root. */
export async function ownNetwork(): Promise<string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const command = ['unshare', '--net', '--', 'sh', '-c', script, 'sh'];
  const [program = '', ...args] = command;
  const { failed } = await execa(program, [...args, 'true'], { reject: false, stdin: 'ignore' });
  return failed ? undefined : command;
}
