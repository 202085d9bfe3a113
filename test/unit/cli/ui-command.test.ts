import { expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';

const parse = async (line: string) => await parseCommand(['ui', ...line.split(' ').filter(Boolean)], {});

it.each([
  ['', 0],
  ['--port 8080', 8080],
])('"%s" is the port %d', async (line, port) => {
  expect(await parse(line)).toMatchObject({ name: 'ui', wish: { port } });
});

it('takes the flags by which it finds k3v and its host', async () => {
  expect(await parse('--data-dir /var/lib/k3v --kubeconfig host.yaml --context lab')).toMatchObject({
    config: { dataDir: '/var/lib/k3v', kubeconfig: 'host.yaml', context: 'lab' },
  });
});

it.each([
  ['--port http', '--port is "http"'],
  ['--port 70000', '--port is "70000"'],
  ['--port -1', '--port is "-1"'],
  ['now', 'unknown argument now'],
])('"%s" is refused', async (line, message) => {
  await expect(parse(line)).rejects.toMatchObject({ message });
});

it('has a help of its own', async () => {
  expect(await parse('--help')).toEqual({ name: 'help', text: expect.stringContaining('127.0.0.1') });
});
