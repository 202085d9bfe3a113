import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { figures } from '../../bench/figures.ts';
import { readOptions as readBenchOptions } from '../../bench/options.ts';
import { readOptions } from '../../conformance/options.ts';
import { docCommands, namedCommands, namelessBlocks } from '../../support/doc-commands.ts';
import { guidePages, playedScenes } from '../../support/played-pages.ts';
import { shellWords, simpleCommands } from '../../support/shell-words.ts';
import { unplayedCommands } from '../../support/unplayed-commands.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** The reference is made of what src/cli says, and has its examples from there. */
const reference = 'docs/flags.md';
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const ownPages = pages.filter((page) => page !== reference);
const played = [...guidePages, ...playedScenes.flatMap((scene) => scene.pages)];
const all = ownPages.flatMap((page) => docCommands(read(page)).map((each) => ({ page, ...each })));
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

test.each(ownPages)('each block of %s says what it is: console is played, sh is not', (page) => {
  expect(namelessBlocks(read(page))).toEqual([]);
});

test('each command in the docs is run by a test: it is played on its page, or unplayed-commands.ts says who runs it, or why nobody does', () => {
  const forgotten = all.filter(
    ({ page, command, isPlayed }) => !(isPlayed && played.includes(page)) && !Object.hasOwn(unplayedCommands, command),
  );
  expect(forgotten.map(({ page, line, command }) => `${page}:${line}: ${command}`)).toEqual([]);
  expect(all.length).toBeGreaterThan(100);
});

test('unplayed-commands.ts and the preparations name no command that the docs do not have', () => {
  const written = new Set(all.map(({ command }) => command));
  const named = [...Object.keys(unplayedCommands), ...playedScenes.flatMap(({ before }) => Object.keys(before))];
  expect(named.filter((command) => !written.has(command))).toEqual([]);
});

const held = Object.entries(unplayedCommands).flatMap(([command, by]) => ('heldBy' in by ? [{ command, ...by }] : []));

test.each(held)('$heldBy does what `$command` does', ({ heldBy, words }) => {
  expect(read(heldBy)).toContain(words);
});

describe('a command that nobody plays', () => {
  const unplayed = all.filter(({ command }) => Object.hasOwn(unplayedCommands, command));

  it.each(unplayed.filter(({ command }) => command.startsWith('npm ')))('is a script: $command', ({ command }) => {
    const [, verb = '', name] = shellWords(command);
    expect(Object.keys(manifest.scripts)).toContain(verb === 'run' ? name : verb);
  });

  it.each(unplayed.filter(({ command }) => command.startsWith('npm run conformance')))(
    'has flags that the script knows: $command',
    async ({ command }) => {
      const words = shellWords(command);
      await expect(
        readOptions(words.includes('--') ? words.slice(words.indexOf('--') + 1) : []),
      ).resolves.toBeDefined();
    },
  );

  it.each(unplayed.filter(({ command }) => command.startsWith('npm run bench') && !command.endsWith('--help')))(
    'names figures and flags that the bench knows: $command',
    async ({ command }) => {
      const [, , , , ...words] = shellWords(command);
      await expect(readBenchOptions(words, { known: figures, env: {} })).resolves.toBeDefined();
    },
  );

  it.each(unplayed.filter(({ command }) => command.startsWith('npx vitest ')))(
    'names tests: $command',
    ({ command }) => {
      const paths = shellWords(command).filter((word) => word.startsWith('test/'));
      const own = 'test/integration/syncer/kinds/podtemplates.test.ts';
      expect(paths.filter((path) => path !== own && !existsSync(join(root, path)))).toEqual([]);
      expect(paths.length).toBeGreaterThan(0);
    },
  );
});

describe('a command of k3v', () => {
  const inBlocks = all
    .filter(({ command }) => Object.hasOwn(unplayedCommands, command))
    .flatMap(({ page, line, command }) =>
      k3vParts(command).map((part) => ({ where: `${page}:${line}`, command: part })),
    );
  const examples = read(reference).matchAll(/^(k3v [^[<…\n]*)$/gm);
  const inText = pages.flatMap((page) =>
    namedCommands(read(page)).map(({ command, line }) => ({ where: `${page}:${line}`, command })),
  );
  const known = [
    ...inBlocks,
    ...[...examples].flatMap(([, command = '']) =>
      k3vParts(command).map((part) => ({ where: reference, command: part })),
    ),
    ...inText.flatMap(({ where, command }) => k3vParts(command).map((part) => ({ where, command: part }))),
  ];
  /** The names of commands that want another word; so do those below cluster and policy. */
  const names = ['k3v snapshot', 'k3v completion bash|zsh|fish|powershell'];
  /** What the page has exported before. */
  const env = { K3V_DATASTORE_ENDPOINT: 'postgres://k3v:secret@db.example:5432/team_a' };

  const isName = (command: string) => names.includes(command) || /^k3v (cluster|policy)( [a-z]+)?$/.test(command);

  test.each(known.filter(({ command }) => !isName(command)))(
    'is one that k3v knows: $command ($where)',
    async ({ command }) => {
      const [, ...args] = shellWords(command);
      await expect(parseCommand(args, env)).resolves.toBeDefined();
    },
  );

  test('is found in blocks and in the text', () => {
    expect(inBlocks.length).toBeGreaterThan(3);
    expect(inText.length).toBeGreaterThan(20);
  });
});

/** The commands of k3v in a line of a shell. */
function k3vParts(command: string): string[] {
  return simpleCommands(command).filter((part) => part.startsWith('k3v '));
}
