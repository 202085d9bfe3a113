import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { parseQuota } from '../../../src/quota/parse-quota.ts';
import { amountOf, quantityFor, wordsFor } from '../../../src/quota/quota.ts';

it('takes processors in thousandths, memory in bytes, and counts', () => {
  expect(parseQuota(['cpu=1.5', 'limits.cpu=100u', 'memory=8Gi', 'pods=1k', 'requests.nvidia.com/gpu=2'])).toEqual(
    new Map([
      ['cpu', 1500],
      ['limits.cpu', 1],
      ['memory', 8 * 2 ** 30],
      ['pods', 1000],
      ['requests.nvidia.com/gpu', 2],
    ]),
  );
});

it.each([
  ['cpu', 'has "cpu"', 'a name with an amount, for example cpu=4'],
  ['cpu=', 'has "cpu="', 'cpu with an amount such as 4'],
  ['memory=8GB', 'has "memory=8GB"', 'memory with an amount such as 8Gi'],
  ['requests.storage=', 'has "requests.storage="', 'requests.storage with an amount such as 8Gi'],
  ['pods=-1', 'has "pods=-1"', 'pods with an amount such as 4'],
  ['pods=1,5', 'has "pods=1,5"', 'pods with an amount such as 4'],
  ['memry=8Gi', 'names "memry", which it cannot limit (did you mean "memory"?)', /^one of cpu, /],
  ['count/deployments.apps=3', 'names "count/deployments.apps", which it cannot limit', /^one of cpu, /],
])('refuses %s', (item, wrong, wanted) => {
  expect(parseQuota([item])).toEqual({
    wrong,
    wanted: expect.stringMatching(wanted),
  });
});

it('refuses a name that has two amounts', () => {
  expect(parseQuota(['pods=1', 'pods=2'])).toMatchObject({ wrong: 'names pods more than once' });
});

test('an amount is written as an API server writes it, and is the same when it is read', () => {
  const words = (name: string, quantity: string) => quantityFor(name, amountOf(name, quantity));
  expect(words('cpu', '3500m')).toBe('3500m');
  expect(words('cpu', '4000m')).toBe('4');
  expect(words('memory', '2048Mi')).toBe('2Gi');
  expect(words('memory', '1000000')).toBe('1M');
  expect(words('pods', '0')).toBe('0');
  expect(words('requests.storage', '100Gi')).toBe('100Gi');
  fc.assert(
    fc.property(fc.constantFrom('cpu', 'limits.memory', 'pods'), fc.nat(1e9), (name, amount) => {
      expect(amountOf(name, quantityFor(name, amount))).toBe(amount);
    }),
  );
});

test('amounts are told as Kubernetes tells them', () => {
  expect(
    wordsFor(
      new Map([
        ['cpu', 3500],
        ['pods', 7],
      ]),
    ),
  ).toBe('cpu=3500m,pods=7');
});
