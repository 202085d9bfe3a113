import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { commands } from '../../../src/cli/commands.ts';
import { flags } from '../../../src/cli/flags.ts';
import { noPaint } from '../../../src/cli/paint.ts';
import { programOf } from '../../../src/cli/program.ts';
import { flagTables, tabledArguments } from '../../../src/cli/tabled-arguments.ts';

const split = (line: string) => line.split(' ').filter(Boolean);
const read = (line: string) => tabledArguments(split(line), 'k3v');
const parse = async (line: string, program: 'k3v' | 'k3k' = 'k3v') =>
  await parseCommand(split(line), {}, { ...noPaint, program });
const helpFor = async (line: string, program: 'k3v' | 'k3k' = 'k3v') => {
  const command = await parse(line, program);
  return 'text' in command ? command.text : '';
};
const below = Object.entries(commands).flatMap(([name, entry]) => [
  ...(entry.table ? [{ name, entry }] : []),
  ...Object.entries(entry.commands ?? {}).map(([word, found]) => ({ name: `${name} ${word}`, entry: found })),
]);

describe('a command with flags of its own', () => {
  test.each([
    ['cluster create a', { path: ['cluster', 'create'], words: ['a'], given: {}, command: undefined }],
    ['cluster create --name a --token test', { given: { name: 'a', token: 'test' } }],
    [
      'cluster create a --server-args --disable=x --server-args=--v',
      { given: { 'server-args': ['--disable=x', '--v'] } },
    ],
    ['cluster create a --version v1.36 --mode=virtual', { given: { version: 'v1.36', mode: 'virtual' } }],
    ['cluster create a --no-wait', { given: { wait: false } }],
    ['cluster create a --wait=false', { given: { wait: false } }],
    ['cluster create a --mirror-host-nodes', { given: { 'mirror-host-nodes': true } }],
    ['--kubeconfig host.yaml cluster list -n b', { settings: { kubeconfig: 'host.yaml' }, given: { namespace: 'b' } }],
    ['--debug cluster --context c list -nb', { settings: { debug: true, context: 'c' }, given: { namespace: 'b' } }],
    ['cluster get a -o=yaml', { given: { output: 'yaml' } }],
    ['cluster connect a -- kubectl get pods -o wide', { words: ['a'], command: split('kubectl get pods -o wide') }],
    ['cluster connect a --', { command: [] }],
    ['policy create p -n a --namespace b,c', { given: { namespace: ['a', 'b,c'] } }],
    ['cluster create a --help', { help: ['cluster', 'create'] }],
    ['cluster -h', { help: ['cluster'] }],
  ])('%s is understood', (line, expected) => expect(read(line)).toMatchObject(expected));

  test.each(['status', 'kubeconfig --token ci/cluster', '--namespace cluster', 'help cluster', 'snapshot list', ''])(
    '%j is another one',
    (line) => expect(read(line)).toBeUndefined(),
  );

  test.each([
    ['cluster creat a', 'unknown cluster command creat', 'Did you mean create?'],
    ['cluster create a b', 'unknown argument b', 'See k3v cluster create --help.'],
    ['cluster create a --tokn x', 'unknown flag --tokn', 'Did you mean --token?'],
    ['cluster create a --listen-port 1', 'unknown flag --listen-port', 'See k3v cluster create --help.'],
    ['cluster get a -z', 'unknown flag -z', 'See k3v cluster get --help.'],
    ['cluster get a -- ls', 'unknown argument --', 'See k3v cluster get --help.'],
    ['policy list a', 'unknown argument a', 'See k3v policy list --help.'],
  ])('%s: %s. %s', (line, message, hint) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ code: 'FLAG_UNKNOWN', message, hint }));
  });

  test.each([
    ['cluster', 'k3v cluster needs one of create, update, list, get, delete, kubeconfig, pause, resume, connect'],
    ['cluster create a --token', '--token has no value'],
    ['cluster create a --token --no-wait', '--token has no value'],
    ['cluster create a --token=', '--token has no value'],
    ['cluster create a --token a --token b', '--token is given more than once'],
    ['cluster create a --mode hcp', '--mode is "hcp"'],
    ['cluster create a --wait=yes', '--wait is "yes"'],
    ['cluster get a -o xml', '--output is "xml"'],
  ])('%s: %s', (line, message) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ code: 'FLAG_INVALID', message }));
  });

  test('has no flag that takes a value where another of that name takes none, or has another letter', () => {
    const seen = new Map<string, string>();
    for (const [command, table] of Object.entries({ k3v: flags, ...flagTables() })) {
      for (const [name, flag] of Object.entries(table)) {
        const kind = flag.type === 'boolean' ? 'no value' : 'a value';
        expect(`${command} ${name} ${seen.get(name) ?? kind}`).toBe(`${command} ${name} ${kind}`);
        seen.set(name, kind);
        const letter: unknown = Reflect.get(flag, 'short');
        if (typeof letter !== 'string') continue;
        expect(`${command} ${seen.get(letter) ?? name}`).toBe(`${command} ${name}`);
        seen.set(letter, name);
      }
    }
  });
});

describe('the help', () => {
  test.each(below)('of $name shows its flags, and has examples that it takes', async ({ name, entry }) => {
    const text = await helpFor(`${name} --help`);
    expect(text).toMatch(new RegExp(`^k3v ${name}`));
    for (const flag of [...Object.keys(entry.table?.flags ?? {}), ...entry.heeds])
      expect(text).toContain(`  --${flag}`);
    expect(await helpFor(`help ${name}`)).toBe(text);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
    for (const [line] of entry.examples) {
      expect(text).toContain(`\n  ${line}\n`);
      expect(await parse(line.replace('k3v ', ''))).toMatchObject({ name: name.split(' ')[0] });
    }
    expect(entry.examples.length).toBeGreaterThan(0);
  });

  test('of k3k begins with clusters and policies, and writes its own name', async () => {
    const text = await helpFor('--help', 'k3k');
    expect(text).toMatch(/^k3k cluster <command>/);
    expect(text.indexOf('  cluster create ')).toBeLessThan(text.indexOf('  status '));
    expect(text).not.toMatch(/^ *k3v (cluster|policy)/m);
    expect(await helpFor('', 'k3k')).toBe(text);
    expect(await helpFor('cluster create --help', 'k3k')).toContain(
      '  k3k cluster create --name example-cluster --token test',
    );
  });

  test('of k3k knows all other commands, and an error says k3k', async () => {
    expect(await parse('status', 'k3k')).toMatchObject({ name: 'status' });
    expect(await parse('--version', 'k3k')).toMatchObject({ name: 'version' });
    await expect(parse('cluster get a b', 'k3k')).rejects.toMatchObject({ hint: 'See k3k cluster get --help.' });
  });
});

test.each([
  ['/usr/local/bin/k3k', 'k3k'],
  ['k3k', 'k3k'],
  ['C:\\Programs\\k3v\\k3k.exe', 'k3k'],
  ['/usr/local/bin/k3v', 'k3v'],
  ['/opt/k3k/k3v', 'k3v'],
  ['k3v-linux-x64', 'k3v'],
  [undefined, 'k3v'],
])('started as %s it is %s', (path, program) => expect(programOf(path)).toBe(program));
