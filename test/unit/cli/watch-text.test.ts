import { expect, test } from 'vitest';
import { watchText } from '../../../src/cli/watch-text.ts';

/** Returns what is written while `texts` are read one after the other, until the last. */
async function shown(texts: string[], screen: { isTTY?: boolean; rows?: number }, between?: string): Promise<string[]> {
  const written: string[] = [];
  const ended = new AbortController();
  const rest = [...texts];
  const read = () => {
    if (rest.length === 1) ended.abort();
    return rest.shift() ?? '';
  };
  const options = { signal: ended.signal, everyMs: 1, ...(between === undefined ? {} : { between }) };
  await watchText(read, { ...screen, write: (text) => written.push(text) }, options);
  return written;
}

test('what changes is written below, after an empty line, where there is no terminal', async () => {
  expect(await shown(['a\n', 'a\n', 'b\n', 'b\n', 'a\n'], {})).toEqual(['a\n', '\nb\n', '\na\n']);
});

test('JSON is written without anything between', async () => {
  expect(await shown(['{}\n', '{}\n', '{"a":1}\n'], {}, '')).toEqual(['{}\n', '{"a":1}\n']);
});

test('on a terminal what changes is written over the last, and nothing of that is left', async () => {
  const frame = (lines: string) => `\u001b[?7l\u001b[H${lines}\u001b[J\u001b[?7h`;
  expect(await shown(['a\nb\n', 'a\nb\n', 'c\n'], { isTTY: true, rows: 9 })).toEqual([
    frame('a\u001b[K\nb\u001b[K\n'),
    frame('c\u001b[K\n'),
  ]);
});

test.each([
  [2, ['  … 4 more lines']],
  [3, ['1', '  … 3 more lines']],
  [4, ['1', '2', '  … 2 more lines']],
  [5, ['1', '2', '3', '4']],
])('a terminal of %i lines shows what it has room for', async (rows, lines) => {
  const [text = ''] = await shown(['1\n2\n3\n4\n'], { isTTY: true, rows });
  const [, body = ''] = text.split('\u001b[H');
  expect(body.split('\u001b[K\n').slice(0, -1)).toEqual(lines);
});

test('it ends as soon as nothing can be read', async () => {
  const { signal } = new AbortController();
  const read = () => {
    throw new Error('gone');
  };
  await expect(watchText(read, { write: () => undefined }, { signal })).rejects.toThrow('gone');
});
