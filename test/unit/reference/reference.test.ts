import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commands } from '../../../src/cli/commands.ts';
import { readConfig } from '../../../src/cli/config.ts';
import { flags } from '../../../src/cli/flags.ts';
import { ownFlags } from '../../../src/cli/own-flags.ts';
import { flagTables } from '../../../src/cli/tabled-arguments.ts';
import { flagsPage } from '../../reference/flags-page.ts';
import { manPage } from '../../reference/man-page.ts';

const docs = join(import.meta.dirname, '../../../docs');
const read = (file: string) => readFileSync(join(docs, file), 'utf8');

test('docs/flags.md and docs/k3v.1 are what src/cli says; npm run reference writes them', () => {
  expect(read('flags.md')).toBe(flagsPage());
  expect(read('k3v.1')).toBe(manPage());
});

describe('docs/flags.md', () => {
  const page = flagsPage();
  const rows = [...page.matchAll(/^\| `--([a-z0-9-]+)`(?:, `-[A-Za-z]`)? \| (.+) \|$/gm)];

  test('has each flag, those that several commands have in each of these', () => {
    const own = Object.values(commands).flatMap((entry) => entry.own ?? []);
    expect(new Set(own)).toEqual(new Set(Object.keys(ownFlags)));
    const ofAll = Object.values(commands).flatMap((entry) => [
      ...(entry.own ?? []),
      ...[entry, ...Object.values(entry.commands ?? {})].flatMap(({ table }) => Object.keys(table?.flags ?? {})),
    ]);
    expect(rows.map(([, name = '']) => name)).toEqual([...Object.keys(flags), ...ofAll]);
  });

  test('has each command', () => {
    const titles = [...page.matchAll(/^## k3v ([a-z-]+)$/gm)].map(([, name]) => name);
    expect(titles).toEqual(Object.keys(commands));
    const below = [...page.matchAll(/^### k3v ([a-z-]+ [a-z-]+)$/gm)].map(([, name]) => name);
    expect(below).toEqual(
      Object.entries(commands).flatMap(([name, entry]) =>
        Object.keys(entry.commands ?? {}).map((word) => `${name} ${word}`),
      ),
    );
  });

  test.each(Object.keys(flags))('names the variable that sets --%s', (name) => {
    const [, , cells = ''] = rows.find(([, each]) => each === name) ?? [];
    expect(cells).toContain(` \`K3V_${name.toUpperCase().replaceAll('-', '_')}\``);
  });

  test('shows a --config file that k3v takes', () => {
    const [, yaml = ''] = /^```yaml\n(.*?)^```/ms.exec(page) ?? [];
    const file = Object(parse(yaml)) as Record<string, unknown>;
    expect(Object.keys(file).filter((key) => !Object.hasOwn(flags, key))).toEqual([]);
    const config = readConfig(file, {});
    expect(config).toMatchObject({ namespace: 'team-a', listenPort: 7444, sync: ['ingresses', 'secrets=all'] });
    expect(config.quota?.size).toBe(2);
  });
});

describe('docs/k3v.1', () => {
  const page = manPage();

  const tables = Object.values(flagTables()).flatMap((table) => Object.keys(table));

  test.each([...new Set([...Object.keys(flags), ...Object.keys(ownFlags), ...tables])])('has --%s', (name) => {
    expect(page).toContain(`\n\\fB\\-\\-${name.replaceAll('-', '\\-')}`);
  });

  test.each(Object.keys(commands))('has k3v %s, with its examples', (name) => {
    expect(page).toContain(`\n.SS k3v ${name.replaceAll('-', '\\-')}\n`);
    for (const [line] of commands[name]?.examples ?? [])
      expect(page).toContain(`\n\\fB${line.replaceAll('-', '\\-')}\\fP\n`);
  });

  test('has no line that troff would take for a request that there is not, and ASCII only', () => {
    const requests = page.split('\n').filter((line) => /^[.']/.test(line));
    expect(requests.filter((line) => !/^\.(\\"|TH|nh|ad|SH|SS|PP|TP|br|BR|B)( |$)/.test(line))).toEqual([]);
    expect(page).toMatch(/^[\n\u0020-\u007e]*$/);
  });
});
