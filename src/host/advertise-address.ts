import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Returns the address under which pods of the host most likely reach this machine: that of the interface towards the host API
 * server, else the first that is not loopback, else 127.0.0.1.
 */
export async function findAdvertiseAddress(hostServer: string): Promise<string> {
  const local = await localAddressTowards(new URL(hostServer));
  if (local && !isLoopback(local)) return local;
  const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return others.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

function localAddressTowards({ hostname, port, protocol }: URL): Promise<string | undefined> {
  return new Promise((resolve) => {
    const defaultPort = protocol === 'http:' ? 80 : 443;
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || defaultPort,
      timeout: 5_000,
    });
    const end = (address: string | undefined) => {
      socket.destroy();
      resolve(address);
    };
    socket.on('connect', () => end(socket.localAddress?.replace(/^::ffff:/, '')));
    socket.on('error', () => end(undefined));
    socket.on('timeout', () => end(undefined));
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
