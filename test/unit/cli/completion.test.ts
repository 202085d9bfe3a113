import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syncWords, withWords } from '../../../src/cli/choices.ts';
import { commands } from '../../../src/cli/commands.ts';
import { completionScript } from '../../../src/cli/completion-command.ts';
import { flags } from '../../../src/cli/flags.ts';
import { type OwnFlag, ownFlags } from '../../../src/cli/own-flags.ts';
import { type Shell, shells } from '../../../src/cli/shells.ts';
import { flagTables } from '../../../src/cli/tabled-arguments.ts';
import { optionalWords } from '../../../src/host-role-for.ts';
import { chooseKinds } from '../../../src/syncer/choose-kinds.ts';
import { optInKinds } from '../../../src/syncer/registry.ts';

const all = Object.keys(shells) as Shell[];
const isInstalled = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3v-completion-'));
  for (const shell of all) writeFileSync(join(folder, shell), completionScript(shell));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(all)('the completion for %s', (shell) => {
  const script = completionScript(shell);
  const tables = Object.values(flagTables()).flatMap((table) => Object.entries(table));
  const all: [string, OwnFlag][] = [...Object.entries({ ...flags, ...ownFlags }), ...tables];
  const flagNames = all.map(([name, flag]) => (flag.type === 'boolean' && flag.default === true ? `no-${name}` : name));
  const values = all.flatMap(([, flag]) => flag.choices ?? flag.suggests ?? []);

  test('names every command, with its sub-commands', () => {
    const words = Object.entries(commands).flatMap(([name, { subcommands = {}, commands: below = {} }]) => [
      name,
      ...Object.keys({ ...subcommands, ...below }),
    ]);
    for (const word of words) expect(script).toMatch(new RegExp(`[ ('"]${word}[ )'":]`));
  });

  test('names every flag, and every value of those that take only certain words', () => {
    const dashes = shell === 'fish' ? '-l ' : '--';
    for (const name of flagNames) expect(script).toMatch(new RegExp(`${dashes}${name}[ =['|]`));
    for (const value of values) expect(script).toMatch(new RegExp(`[ ('"]${value}[ )'",]`));
  });
});

/** Returns what bash offers for the last of `words`. */
function inBash(...words: string[]): string[] {
  const run = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _k3v; printf "%s\\n" "${COMPREPLY[@]}"';
  const printed = execFileSync('bash', ['--norc', '-c', run, 'bash', join(folder, 'bash'), ...words], {
    encoding: 'utf8',
  });
  return printed.split('\n').filter(Boolean);
}

describe('in bash', () => {
  test.each([
    [['k3v', ''], Object.keys(commands)],
    [
      ['k3v', 's'],
      ['status', 'snapshot'],
    ],
    [['k3v', '--id', 'a', 'st'], ['status']],
    [['k3v', '--debug', 'host'], ['host-role']],
    [
      ['k3v', 'snapshot', ''],
      ['save', 'restore', 'list'],
    ],
    [['k3v', '--data-dir', '/d', 'snapshot', 'r'], ['restore']],
    [['k3v', 'snapshot', 'restore', ''], []],
    [['k3v', 'status', ''], []],
    [['k3v', 'nonsense', ''], []],
    [['k3v', '--listen'], ['--listen-port']],
    [
      ['k3v', 'status', '--'],
      ['--watch', '--output', '--data-dir', '--config', '--log-format', '--help'],
    ],
    [
      ['k3v', '--distro', ''],
      ['auto', 'k3s', 'kubernetes'],
    ],
    [['k3v', '--isolation', 'r'], ['restricted']],
    [
      ['k3v', '--nodes', ''],
      ['auto', 'all', 'used', 'from-pods'],
    ],
    [['k3v', '--nodes', '=', 'f'], ['from-pods']],
    [
      ['k3v', '--nodes', '='],
      ['auto', 'all', 'used', 'from-pods'],
    ],
    [['k3v', '--nodes', '=', 'all', 'st'], ['status']],
    [['k3v', '--sync', 'ingresses,n'], ['ingresses,networkpolicies']],
    [['k3v', 'status', '-o', 'j'], ['json']],
    [['k3v', 'help', 'sn'], ['snapshot']],
    [['k3v', 'completion', 'f'], ['fish']],
    [['k3v', '--kubeconfig', ''], []],
    [['k3v', 'clu'], ['cluster']],
    [['k3v', 'cluster', 'p'], ['pause']],
    [
      ['k3v', 'cluster', 'c'],
      ['create', 'connect'],
    ],
    [['k3k', 'cluster', 'create', '--mo'], ['--mode']],
    [
      ['k3v', 'cluster', 'create', 'a', '--mode', ''],
      ['shared', 'virtual'],
    ],
    [['k3v', 'cluster', 'create', ''], []],
    [['k3v', 'cluster', '--debug', 'create', '-n', 'x', '--persistence-type', 'e'], ['ephemeral']],
    [['k3v', 'cluster', 'create', '--sync', 'p'], ['priorityclasses']],
    [
      ['k3v', 'cluster', 'get', '-o', ''],
      ['text', 'wide', 'json', 'yaml', 'name'],
    ],
    [['k3v', 'cluster', 'nonsense', ''], []],
    [
      ['k3v', 'policy', ''],
      ['create', 'list', 'get', 'delete'],
    ],
  ])('%j is completed by %j', (words, offered) => {
    expect(inBash(...words)).toEqual(offered);
  });
});

const lines: [line: string, becomes: string][] = [
  ['k3v stat', 'status'],
  ['k3v --distro ku', '--distro kubernetes'],
  ['k3v --nodes fr', '--nodes from-pods'],
  ['k3v --isolation res', '--isolation restricted'],
  ['k3v --listen-p', '--listen-port'],
  ['k3v snapshot res', 'snapshot restore'],
  ['k3v status -o js', 'status -o json'],
  ['k3v --sync netw', '--sync networkpolicies'],
  ['k3v kubeconfig --us', 'kubeconfig --user'],
  ['k3v help hos', 'help host-role'],
  ['k3v cluster kub', 'cluster kubeconfig'],
  ['k3v cluster create --persistence-type ep', 'cluster create --persistence-type ephemeral'],
  ['k3v policy del', 'policy delete'],
];

test.runIf(isInstalled('zsh'))('in zsh, where it is installed, Tab completes', () => {
  const args = ['-f', join(import.meta.dirname, '../../fixtures/complete-in.zsh'), join(folder, 'zsh')];
  const typed = [...lines, ['k3v --sync ingresses,netw', '--sync ingresses,networkpolicies']];
  const printed = execFileSync('zsh', [...args, ...typed.map(([line = '']) => line)], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(printed.trim().split(/\s*\n/)).toEqual(typed.map(([, becomes]) => `<${becomes}>`));
});

test.runIf(isInstalled('fish'))('in fish, where it is installed, Tab completes', () => {
  const run = 'source $argv[1]; for line in $argv[2..-1]; complete -C $line; end';
  const printed = execFileSync(
    'fish',
    ['--no-config', '-c', run, join(folder, 'fish'), ...lines.map(([line]) => line)],
    { encoding: 'utf8' },
  );
  const offered = printed
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0]);
  expect(offered).toEqual(lines.map(([, becomes]) => becomes.split(' ').at(-1)));
});

test.runIf(isInstalled('pwsh'))('in PowerShell, where it is installed, Tab completes', () => {
  const run = `. ([ScriptBlock]::Create((Get-Content -Raw $env:K3V_SCRIPT))); foreach ($line in $env:K3V_LINES -split ';') {
    (TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText } }`;
  const env = {
    ...process.env,
    K3V_SCRIPT: join(folder, 'powershell'),
    K3V_LINES: lines.map(([line]) => line).join(';'),
  };
  const printed = execFileSync('pwsh', ['-NoProfile', '-Command', run], { encoding: 'utf8', env });
  expect(printed.trim().split(/\r?\n/)).toEqual(lines.map(([, becomes]) => becomes.split(' ').at(-1)));
});

test('the words that are offered for --sync and --with are those that are taken, and docs/sync.md and the README say what they do', () => {
  const page = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
  const rows = [...page('docs/sync.md').matchAll(/^\| (`.+`) \| .{10,} \| .+ \|$/gm)].flatMap(([, words = '']) =>
    words.split(', '),
  );
  expect(rows).toEqual(expect.arrayContaining(syncWords.map((word) => `\`${word}\``)));
  const [flag = ''] = /^\| `--sync` \|.*$/m.exec(page('README.md')) ?? [];
  for (const word of syncWords) expect(flag).toContain(`\`${word}\``);
  expect(chooseKinds([...syncWords]).kinds).toHaveLength(optInKinds.length);
  expect(withWords).toEqual(optionalWords);
});
