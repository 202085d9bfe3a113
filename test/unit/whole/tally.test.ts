import { expect, it } from 'vitest';
import { closingLine, failuresIn, sum, tallyOf } from '../../whole/tally.ts';

it('reads what it writes, and adds up', () => {
  const one = { passed: 3, failed: 1, skipped: 0 };
  const other = { passed: 10, failed: 0, skipped: 2 };
  expect(closingLine(one)).toBe('3 passed, 1 failed');
  expect(closingLine(other)).toBe('10 passed, 0 failed, 2 skipped');
  for (const tally of [one, other]) expect(tallyOf(`said\n${closingLine(tally)}\n`, tally.failed)).toEqual(tally);
  expect(sum(one, other)).toEqual({ passed: 13, failed: 1, skipped: 2 });
});

it('takes a run that ended badly without a word for a failed test', () => {
  expect(tallyOf('', 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(tallyOf('', undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(tallyOf('5 passed, 0 failed\n', 1)).toEqual({ passed: 5, failed: 1, skipped: 0 });
});

it('finds what is said of failed tests and suites, and says all of a run that got no further', () => {
  const said = ' ✓ one\n⎯⎯ Failed Suites 1 ⎯⎯\n why\n⎯⎯ Failed Tests 1 ⎯⎯\n what\n';
  expect(failuresIn(said)).toBe('⎯⎯ Failed Suites 1 ⎯⎯\n why\n⎯⎯ Failed Tests 1 ⎯⎯\n what\n');
  expect(failuresIn('no such file')).toBe('no such file');
});
