import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { confirm } from '../../../src/cli/confirm.ts';

const parse = async (line: string) => await parseCommand(['uninstall', ...line.split(' ').filter(Boolean)], {});

it.each([
  ['', { yes: false, dryRun: false, deleteData: false, seconds: 300 }],
  ['--yes --delete-data --timeout 90s', { yes: true, deleteData: true, seconds: 90 }],
  ['--dry-run', { dryRun: true }],
])('"%s" is understood', async (line, wish) => {
  expect(await parse(line)).toMatchObject({ name: 'uninstall', wish });
});

it('takes the flags by which k3v finds its host', async () => {
  const command = await parse('--namespace team-a --id blue --sync ingresses --data-dir /var/lib/k3v');
  expect(command).toMatchObject({
    config: { namespace: 'team-a', id: 'blue', sync: ['ingresses'], dataDir: '/var/lib/k3v' },
  });
});

it.each([
  ['--timeout soon', '--timeout is "soon"'],
  ['now', 'unknown argument now'],
])('"%s" is refused', async (line, message) => {
  await expect(parse(line)).rejects.toMatchObject({ message });
});

it('has a help of its own', async () => {
  expect(await parse('--help')).toEqual({ name: 'help', text: expect.stringContaining('--delete-data') });
});

it.each([
  ['y\n', true],
  [' Yes \n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
  ['', false],
])('%j at the question is %s', async (typed, expected) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(typed);
  expect(await confirm('Delete it?', { input, output })).toBe(expected);
  expect(String(output.read())).toContain('Delete it? [y/N]');
});
