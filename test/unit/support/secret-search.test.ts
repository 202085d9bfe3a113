import { expect, test } from 'vitest';
import { findSecrets, plantedSecret } from '../../support/secret-search.ts';

const password = plantedSecret('the password', 'correct-horse');
const at = (text: string) => [{ place: 'k3v.log', text }];
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['as it is', '{"msg":"correct-horse"}'],
  ['in base64', base64('correct-horse')],
  ...[1, 2, 3, 4].map((length) => [
    `in base64, ${length} bytes into something`,
    base64(`${'x'.repeat(length)}correct-horse at last`),
  ]),
])('a secret is found %s', (_how, text) => {
  expect(findSecrets(at(text), [password])).toEqual(['k3v.log: the password']);
});

test.each([
  ['a private key', '-----BEGIN EC PRIVATE KEY-----\nabc'],
  ['a token', 'token eyJhbGciOiJSUzI1NiIs.eyJhdWQiOlsiaHR0.c2lnbmF0dXJl is expired'],
  ['an Authorization header', '{"headers":{"Authorization":"Bearer abc"}}'],
])('%s is found whoever made it', (name, text) => {
  expect(findSecrets(at(text), [])).toEqual([`k3v.log: ${name}`]);
});

test('nothing is found where there is nothing', () => {
  expect(findSecrets(at('correct horse, eyJhbGci, authorization: allow'), [password])).toEqual([]);
});
