import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonLines } from '../../../src/kube/json-lines.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

it('reads every line whole, wherever the stream is cut, even within a character', async () => {
  const lines = fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }), n: fc.integer() }));
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(lines, sizes, async (values, cuts) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      const read: unknown[] = [];
      for await (const value of jsonLines(chunksOf(bytes, cuts))) read.push(value);
      expect(read).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
});

it('gives nothing for a last line that was cut', async () => {
  const read: unknown[] = [];
  for await (const value of jsonLines(chunksOf(Buffer.from('{"a":1}\n{"b":'), [3]))) read.push(value);
  expect(read).toEqual([{ a: 1 }]);
});
