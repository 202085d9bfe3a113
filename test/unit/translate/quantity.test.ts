import { expect, test } from 'vitest';
import { binaryQuantity, decimalQuantity, quantityOf } from '../../../src/translate/quantity.ts';

test.each([
  ['1Gi', 1_073_741_824],
  ['1024Mi', 1_073_741_824],
  ['1.5Ki', 1536],
  ['500m', 0.5],
  ['1e3', 1000],
  ['2E', 2e18],
  ['1E3', 1000],
  ['.5', 0.5],
  ['10k', 10_000],
  ['0', 0],
])('%s is %d', (text, amount) => expect(quantityOf(text)).toBe(amount));

test.each(['', 'Gi', '1GB', '1 Gi', 'one'])('"%s" is no quantity', (text) => expect(quantityOf(text)).toBeNaN());

// As resource.NewScaledQuantity(n, -9).String() and resource.NewQuantity(n, resource.BinarySI).String() print them.
test.each([
  [0, '0'],
  [1, '1n'],
  [1_234_567, '1234567n'],
  [2_000_000, '2m'],
  [1_500_000_000, '1500m'],
  [2_000_000_000, '2'],
  [12_000_000_000_000, '12k'],
])('%d billionths of a processor are %s', (nano, text) => {
  expect(decimalQuantity(nano)).toBe(text);
});

test.each([
  [0, '0'],
  [1_500, '1500'],
  [4_096, '4Ki'],
  [1_572_864, '1536Ki'],
  [3_221_225_472, '3Gi'],
])('%d bytes are %s', (bytes, text) => {
  expect(binaryQuantity(bytes)).toBe(text);
});
