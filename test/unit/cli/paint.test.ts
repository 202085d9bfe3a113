import { expect, test } from 'vitest';
import { noPaint, paintFor } from '../../../src/cli/paint.ts';

const [terminal, file] = [{ isTTY: true }, { isTTY: false }];

test.each([
  [terminal, {}, true],
  [terminal, { TERM: 'xterm' }, true],
  [terminal, { TERM: 'dumb' }, false],
  [terminal, { NO_COLOR: '1' }, false],
  [terminal, { NO_COLOR: '' }, true],
  [terminal, { FORCE_COLOR: '0' }, false],
  [terminal, { FORCE_COLOR: 'false' }, false],
  [terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
  [file, {}, false],
  [{}, {}, false],
  [file, { FORCE_COLOR: '1' }, true],
  [file, { FORCE_COLOR: 'true' }, true],
  [file, { FORCE_COLOR: '' }, false],
])('what is written to %j with %j is in colour: %s', (stream, env, expected) => {
  expect(paintFor(stream, env).red('x')).toBe(expected ? '\u001b[31mx\u001b[39m' : 'x');
});

test('without colour nothing is added', () => {
  expect(Object.values(noPaint).map((mark) => mark('x'))).toEqual(['x', 'x', 'x', 'x']);
});
