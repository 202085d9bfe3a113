import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';

function logged(format: 'text' | 'json', level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  return { lines, log: createLogger({ format, level, destination: { write: (line) => lines.push(line) } }) };
}

describe('a log line', () => {
  test('for a service is one JSON object', () => {
    const { lines, log } = logged('json');
    log.info({ kind: 'Pod', virtual: 'shop/web' }, 'created host object');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 30,
      time: expect.any(Number),
      kind: 'Pod',
      virtual: 'shop/web',
      msg: 'created host object',
    });
    expect(lines[0]).toMatch(/\}\n$/);
  });

  test('for a person is short', () => {
    const { lines, log } = logged('text');
    log.warn({ child: 'kine', pid: 7, why: 'two words' }, 'ended');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}ended {2}child=kine {2}pid=7 {2}why="two words"\n$/);
  });

  test('shows the stack of an error', () => {
    const { lines, log } = logged('text');
    log.error({ err: new TypeError('broken') }, 'reconcile failed');
    expect(lines[0]).toMatch(/reconcile failed {2}err=TypeError: broken\n\s+at /);
  });

  test('of debug appears only when asked for', () => {
    for (const level of ['info', 'debug'] as const) {
      const { lines, log } = logged('text', level);
      log.debug('synced');
      expect(lines).toHaveLength(level === 'debug' ? 1 : 0);
    }
  });

  test.each(['text', 'json'] as const)('never shows a secret (%s)', (format) => {
    const { lines, log } = logged(format);
    const secret = 'hunter2';
    log.info(
      {
        token: secret,
        authorization: secret,
        headers: { authorization: secret },
        user: { token: secret },
        data: { password: secret },
        object: { data: { password: secret }, stringData: { password: secret } },
      },
      'created',
    );
    log.child({ token: secret }).info('from a child');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('[secret]');
  });
});
