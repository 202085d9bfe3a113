import { describe, expect, test } from 'vitest';
import { showError } from '../../../src/cli/show-error.ts';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { noPaint } from '../../../src/cli/paint.ts';
import type { Program } from '../../../src/cli/program.ts';
import { type ErrorCode, K3vError, errorCatalogue } from '../../../src/errors.ts';

function shown(error: unknown, format: 'text' | 'json', program: Program = 'k3v') {
  const written: string[] = [];
  const exitCode = showError(error, { format, program, destination: { write: (text) => written.push(text) } });
  return { written, exitCode };
}

const taken = new K3vError('PORT_IN_USE', 'port 7443 is taken', { hint: 'Choose another with --listen-port.' });

describe('to a person', () => {
  test('an error the operator can act on shows what, code and hint, without a stack', () => {
    expect(shown(taken, 'text')).toEqual({
      written: ['error: port 7443 is taken\n  code: PORT_IN_USE\n  hint: Choose another with --listen-port.\n'],
      exitCode: 1,
    });
  });

  test('an error without a hint shows no hint', () => {
    const { written } = shown(new K3vError('DISK_FULL', 'no space left'), 'text');
    expect(written).toEqual(['error: no space left\n  code: DISK_FULL\n']);
  });

  test('a bug shows its stack and exits with 70', () => {
    const { written, exitCode } = shown(new TypeError('x is not a function'), 'text');
    expect(exitCode).toBe(70);
    expect(written.join('')).toContain('bug in k3v');
    expect(written.join('')).toMatch(/TypeError: x is not a function\n\s+at .*show-error\.test\.ts/);
  });

  test('a bug that threw no error is shown too', () => {
    expect(shown('oops', 'text')).toEqual({ written: ['error: this is a bug in k3v\noops\n'], exitCode: 70 });
  });
});

test.each(['text', 'json'] as const)('as k3k an error names commands as k3k has them, as %s', (format) => {
  const error = new K3vError('CLUSTER_MISSING', 'k3v cluster get needs the name of a cluster, and k3v runs', {
    hint: 'k3v cluster list shows what there is. See k3v kubeconfig --help, k3v --help or k3v uninstall --id a.',
  });
  const said = shown(error, format, 'k3k').written.join('');
  expect(said).toContain('k3k cluster get needs the name of a cluster, and k3v runs');
  expect(said).toContain('k3k cluster list shows what there is.');
  expect(said).toContain('See k3k kubeconfig --help, k3k --help or k3v uninstall --id a.');
  expect(shown(error, format).written.join('')).not.toContain('k3k');
});

const codes = Object.keys(errorCatalogue) as ErrorCode[];
test.each(codes)('%s ends k3v with 1, on a terminal and in a service', (code) => {
  const error = new K3vError(code, 'no');
  expect([shown(error, 'text').exitCode, shown(error, 'json').exitCode]).toEqual([1, 1]);
});

test('the exit codes that are given are those that are told', () => {
  expect(exitCodes.map(({ code }) => code)).toEqual(['0', '1', '70', '128+n']);
  expect(String(shown(taken, 'text').exitCode)).toBe('1');
  expect(String(shown(new TypeError('x'), 'json').exitCode)).toBe('70');
});

test('on a terminal that has colours an error is marked, its code and hint are not', () => {
  const written: string[] = [];
  const paint = { ...noPaint, red: (text: string) => `<${text}>`, bold: (text: string) => `*${text}*` };
  showError(taken, { format: 'text', destination: { write: (text) => written.push(text) }, paint });
  expect(written.join('')).toBe(
    '<error:> *port 7443 is taken*\n  code: PORT_IN_USE\n  hint: Choose another with --listen-port.\n',
  );
});

describe('in a service', () => {
  const lineOf = (error: unknown) => {
    const { written, exitCode } = shown(error, 'json');
    expect(written).toHaveLength(1);
    const record: unknown = JSON.parse(written[0] ?? '');
    return { record, exitCode };
  };

  test('an error the operator can act on is one line of JSON with its code and hint', () => {
    expect(lineOf(taken)).toEqual({
      record: {
        level: 50,
        time: expect.any(Number),
        code: 'PORT_IN_USE',
        hint: 'Choose another with --listen-port.',
        msg: 'port 7443 is taken',
      },
      exitCode: 1,
    });
  });

  test('a bug is one line of JSON with its stack', () => {
    expect(lineOf(new TypeError('x is not a function'))).toMatchObject({
      record: { level: 50, err: { type: 'TypeError', stack: expect.stringContaining('show-error.test.ts') } },
      exitCode: 70,
    });
    expect(lineOf('oops')).toMatchObject({ record: { err: 'oops' }, exitCode: 70 });
  });
});
