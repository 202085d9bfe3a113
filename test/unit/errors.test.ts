import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, K3vError, errorCatalogue } from '../../src/errors.ts';
import { refusals } from '../../src/syncer/standing.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the catalogue of errors', () => {
  test('stands in the README, each code with its sentence', () => {
    const rows = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.+?) \|$/gm);
    const inReadme = Object.fromEntries([...rows].map(([, code = '', sentence = '']) => [code, sentence]));
    expect(inReadme).toEqual(errorCatalogue);
  });

  test('holds no code that k3v never gives', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const source = files
      .filter((file) => file.endsWith('.ts') && file !== 'errors.ts')
      .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
      .join('\n');
    const codes = Object.keys(errorCatalogue);
    expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });

  test.each(Object.entries(errorCatalogue))('has a whole sentence for %s', (code, sentence) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  });
});

describe('docs/troubleshooting.md', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  const sections = [...page.matchAll(/^### (.+)\n\n([^]*?)(?=\n\n##)/gm)];

  test('has one section for each code, and none for what is no code', () => {
    const codes = sections.map(([, code = '']) => code);
    expect(new Set(codes)).toEqual(new Set(Object.keys(errorCatalogue)));
    expect(codes).toHaveLength(new Set(codes).size);
  });

  test.each(Object.entries(errorCatalogue))('says of %s what it means, why, and what to do', (code, sentence) => {
    const [, , text = ''] = sections.find(([, each]) => each === code) ?? [];
    const [meaning, why, toDo, ...more] = text.split('\n\n');
    expect(meaning).toBe(sentence);
    expect(why).toMatch(/^\*\*Why\.\*\* \S.{20,}\.$/);
    expect(toDo).toMatch(/^\*\*What to do\.\*\* \S.{15,}\.$/);
    expect(more).toEqual([]);
  });

  test('says of each reason by which k3v status calls an object refused what it means', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| .{15,} \| .{15,} \|$/gm)].map(([, reason]) => reason);
    expect(new Set(rows)).toEqual(refusals);
  });
});

describe('an error the operator can act on', () => {
  test('carries its code, hint and cause', () => {
    const cause = new Error('EADDRINUSE');
    const error = new K3vError('PORT_IN_USE', 'port 7443 is taken', { hint: 'Choose another.', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'K3vError',
      code: 'PORT_IN_USE' satisfies ErrorCode,
      message: 'port 7443 is taken',
      hint: 'Choose another.',
      cause,
    });
  });

  test('has neither hint nor cause if none is given', () => {
    const error = new K3vError('DISK_FULL', 'no space left');
    expect(error.hint).toBeUndefined();
    expect(error).not.toHaveProperty('cause');
  });
});
