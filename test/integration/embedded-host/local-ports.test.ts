import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { chooseLocalPorts } from '../../../src/embedded-host/local-ports.ts';

test('ports without a wish are free and differ', async () => {
  const ports = await chooseLocalPorts([undefined, undefined, undefined]);
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) expect(port).toBeGreaterThan(1023);
});

test('a wish is granted while the port is free', async () => {
  const [free] = await chooseLocalPorts([undefined]);
  expect(await chooseLocalPorts([free])).toEqual([free]);
});

test('a port that is taken, be it by the other wish, is replaced by another', async () => {
  const [port] = await chooseLocalPorts([undefined]);
  const [first, second] = await chooseLocalPorts([port, port]);
  expect(first).toBe(port);
  expect(second).not.toBe(port);

  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  try {
    const [other] = await chooseLocalPorts([port]);
    expect(other).not.toBe(port);
  } finally {
    await new Promise((resolve) => squatter.close(resolve));
  }
});
