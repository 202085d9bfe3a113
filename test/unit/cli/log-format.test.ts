import { describe, expect, test } from 'vitest';
import { guessLogFormat, logFormatFor } from '../../../src/cli/log-format.ts';

describe('the format of logs', () => {
  test('is by default text on a terminal and JSON elsewhere', () => {
    expect(logFormatFor('auto', true)).toBe('text');
    expect(logFormatFor('auto', false)).toBe('json');
  });

  test('is what the user asks for, wherever stderr goes', () => {
    expect(logFormatFor('json', true)).toBe('json');
    expect(logFormatFor('text', false)).toBe('text');
  });

  test.each([
    ['--bogus', {}, 'json'],
    ['--bogus --log-format text', {}, 'text'],
    ['--log-format=text --bogus', {}, 'text'],
    ['--bogus', { K3V_LOG_FORMAT: 'text' }, 'text'],
    ['--log-format json', { K3V_LOG_FORMAT: 'text' }, 'json'],
    ['--log-format', {}, 'json'],
    ['--log-format yaml', {}, 'json'],
  ])('is guessed for an error in the command line itself: %s', (line, env, format) => {
    expect(guessLogFormat(line.split(' '), env, false)).toBe(format);
  });
});
