import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { findAdvertiseAddress } from '../../../src/host/advertise-address.ts';

const outward = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

async function whileListening<T>(host: string, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a host on this machine is told an address of this machine that pods can reach', async () => {
  const found = await whileListening('127.0.0.1', (port) => findAdvertiseAddress(`https://127.0.0.1:${port}`));
  expect(found).toBe(outward ?? '127.0.0.1');
});

test('a host elsewhere is told the address from which it is reached', async () => {
  const address = outward ?? '127.0.0.1';
  expect(await whileListening(address, (port) => findAdvertiseAddress(`https://${address}:${port}`))).toBe(address);
});

test('a host that does not answer still leaves an address', async () => {
  const port = await whileListening('127.0.0.1', async (was) => was);
  expect(await findAdvertiseAddress(`https://127.0.0.1:${port}`)).toBe(outward ?? '127.0.0.1');
});
