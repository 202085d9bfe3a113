import { execa } from 'execa';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTarHeader, tarEnd, tarHeader, tarHeaderBytes, tarPadding } from '../../../src/snapshot/tar-header.ts';

const about = { size: 5, mode: 0o600, mtime: new Date(0) };

it('a header says the name and size that it was made with', () => {
  const word = fc.stringMatching(/^[a-z0-9.-]{1,60}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), fc.nat(2 ** 45), (words, size) => {
      const name = words.join('/');
      expect(parseTarHeader(tarHeader(name, { ...about, size }))).toEqual({ name, size });
    }),
  );
});

it('what is no header is refused, and zeros end an archive', () => {
  const block = tarHeader('pki/ca.key', about);
  block.write('x', 0);
  expect(() => parseTarHeader(block)).toThrow('not a header');
  expect(parseTarHeader(tarEnd.subarray(0, tarHeaderBytes))).toBeUndefined();
});

it('a name that has no room is refused', () => {
  expect(() => tarHeader('a'.repeat(101), about)).toThrow(RangeError);
});

it.each([2 ** 33 - 1, 2 ** 33, 2 ** 40 + 5])('tar reads a size of %d bytes as it was written', async (size) => {
  const { stdout } = await execa('tar', ['-tvf', '-'], {
    input: tarHeader('kine.db', { ...about, size }),
    reject: false,
  });
  expect(stdout).toMatch(new RegExp(`\\b${size}\\b.*kine\\.db`));
});

it('content is filled up to whole blocks', () => {
  expect([0, 1, 511, 512, 513].map(tarPadding)).toEqual([0, 511, 1, 0, 511]);
});
