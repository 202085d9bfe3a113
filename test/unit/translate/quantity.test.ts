import { expect, test } from 'vitest';
import { quantityOf } from '../../../src/translate/quantity.ts';

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
