import { expect, test } from 'vitest';
import { showError } from '../../../src/cli/show-error.ts';
import { K3vError } from '../../../src/errors.ts';

test('an error the operator can act on shows what, code and hint, without a stack', () => {
  const error = new K3vError('PORT_IN_USE', 'port 7443 is taken', { hint: 'Choose another with --listen-port.' });
  expect(showError(error)).toEqual({
    text: 'error: port 7443 is taken\n  code: PORT_IN_USE\n  hint: Choose another with --listen-port.\n',
    exitCode: 1,
  });
});

test('an error without a hint shows no hint', () => {
  expect(showError(new K3vError('DISK_FULL', 'no space left')).text).toBe('error: no space left\n  code: DISK_FULL\n');
});

test('a bug shows its stack and exits with 70', () => {
  const { text, exitCode } = showError(new TypeError('x is not a function'));
  expect(exitCode).toBe(70);
  expect(text).toContain('bug in k3v');
  expect(text).toMatch(/TypeError: x is not a function\n\s+at .*show-error\.test\.ts/);
});

test('a bug that threw no error is shown too', () => {
  expect(showError('oops')).toEqual({ text: 'error: this is a bug in k3v\noops\n', exitCode: 70 });
});
