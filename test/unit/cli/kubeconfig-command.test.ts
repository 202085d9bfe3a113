import { expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { parseDuration } from '../../../src/cli/duration.ts';

const parse = async (line: string) => await parseCommand(['kubeconfig', ...line.split(' ').filter(Boolean)], {});

it.each([
  ['--user ci', { who: { by: 'certificate', user: 'ci', groups: [] }, seconds: 86_400 }],
  ['--user ci --group a --group b,c', { who: { by: 'certificate', user: 'ci', groups: ['a', 'b', 'c'] } }],
  ['--user ci --expires 1h30m --to f', { seconds: 5400, to: 'f' }],
  ['--user ci --server https://k3v.example:7443', { server: 'https://k3v.example:7443' }],
  ['--token ci/builder --expires 7d', { who: { by: 'token', namespace: 'ci', account: 'builder' }, seconds: 604_800 }],
])('%s is understood', async (line, wish) => {
  expect(await parse(line)).toMatchObject({ name: 'kubeconfig', wish });
});

it.each([
  ['', 'k3v kubeconfig needs --user or --token'],
  ['--user a --token b/c', 'k3v kubeconfig needs one of --user and --token, not both'],
  ['--user a --user b', '--user is given more than once'],
  ['--token b', '--token is "b"'],
  ['--token b/c --group d', '--group goes with --user'],
  ['--user a --expires 9m', '--expires is "9m"'],
  ['--user a --expires 366d', '--expires is "366d"'],
  ['--user a --expires soon', '--expires is "soon"'],
  ['--user a --server http://x', '--server is "http://x"'],
  ['--user a --server x', '--server is "x"'],
])('"%s" is refused', async (line, message) => {
  await expect(parse(line)).rejects.toMatchObject({ code: 'FLAG_INVALID', message });
});

it('has a help of its own', async () => {
  expect(await parse('--help')).toEqual({
    name: 'help',
    text: expect.stringContaining('--token <namespace>/<service'),
  });
});

it('a duration is a row of numbers with units', () => {
  expect(['90s', '10m', '24h', '7d', '1h30m', '', 'h', '1', '1.5h', '-1h'].map(parseDuration)).toEqual([
    90,
    600,
    86_400,
    604_800,
    5400,
    ...Array.from({ length: 5 }, () => undefined),
  ]);
});
