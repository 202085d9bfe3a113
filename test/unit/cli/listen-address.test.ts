import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3v-address-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const addressIn = async (args: string[], env: Record<string, string> = {}) => {
  const command = await parseCommand(args, env);
  return 'config' in command ? command.config.metricsAddress : 'no config';
};

test.each([
  ['127.0.0.1:9090', { host: '127.0.0.1', port: 9090 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['metrics.internal:9090', { host: 'metrics.internal', port: 9090 }],
  [':9090', { host: '0.0.0.0', port: 9090 }],
])('--metrics-address %s is %o, for k3v as for k3v controller', async (text, address) => {
  expect(await addressIn(['--metrics-address', text])).toEqual(address);
  expect(await addressIn(['controller', '--metrics-address', text])).toEqual(address);
});

test('it is given by the environment and by the file, too, and by default not at all', async () => {
  expect(await addressIn([])).toBeUndefined();
  expect(await addressIn([], { K3V_METRICS_ADDRESS: '127.0.0.1:1' })).toEqual({ host: '127.0.0.1', port: 1 });
  const file = join(folder, 'config.yaml');
  writeFileSync(file, 'metrics-address: 127.0.0.1:2\n');
  expect(await addressIn(['--config', file])).toEqual({ host: '127.0.0.1', port: 2 });
});

test.each(['9090', '127.0.0.1', ':99999', ':0', '127.0.0.1:http'])('--metrics-address %s is refused', async (text) => {
  await expect(addressIn(['--metrics-address', text])).rejects.toMatchObject({
    code: 'FLAG_INVALID',
    message: expect.stringContaining('--metrics-address') as string,
  });
});
