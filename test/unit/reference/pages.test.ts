import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { marks } from '../../../src/translate/translator.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The names of the headings of a page, as GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('the links of %s lead to what there is', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  const isBroken = ([, path = '', heading]: string[]) => {
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return heading !== undefined && !anchorsOf(read(target)).includes(heading);
  };
  expect(links.filter(isBroken).map(([link]) => link)).toEqual([]);
});

test('the README lists every page', () => {
  const [, list = ''] = /^## Documentation$(.*?)^## /ms.exec(read('README.md')) ?? [];
  expect(pages.filter((page) => page !== 'README.md' && !list.includes(`](${page})`))).toEqual([]);
});

test('docs/concepts.md names no label and no annotation that k3v does not set', () => {
  const [, section = ''] = /^## Names and marks$(.*?)^## /ms.exec(read('docs/concepts.md')) ?? [];
  const named = [...section.matchAll(/`(k3v\.io\/[a-z-]+)`/g)].map(([, key]) => key);
  expect(Object.values(marks)).toEqual(expect.arrayContaining(named));
  expect(named.length).toBeGreaterThan(4);
});

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md');

  test('says of each folder of src what it is', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const rows = [...page.matchAll(/^\| ((?:`src\/[\w-]+`(?:, )?)+) \| .{10,} \|$/gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    expect(new Set(rows)).toEqual(new Set(folders.map(({ name }) => `\`src/${name}\``)));
  });

  test('names no file that is not there', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const named = [...page.matchAll(/`(?:src\/)?([\w-]+\.ts)`/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });
});
