import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'k3v-config-'))));
afterAll(() => rmSync(dir, { recursive: true }));

function configFile(text: string): string {
  const path = join(dir, 'k3v.yaml');
  writeFileSync(path, text);
  return path;
}

describe('the --config file', () => {
  test('sets what neither a flag nor the environment sets', () => {
    const config = configFile(
      'namespace: from-file\nid: from-file\nlisten-port: 7001\ndebug: true\ntls-san: [a, b]\nsync: configmaps=all\nk3s-binary:\n',
    );
    expect(readConfig({ config, namespace: 'from-flag' }, { K3V_ID: 'from-env' })).toMatchObject({
      namespace: 'from-flag',
      id: 'from-env',
      listenPort: 7001,
      debug: true,
      tlsSans: ['a', 'b'],
      sync: ['configmaps=all'],
      k3sBinary: undefined,
      dataDir: './k3v-data',
    });
  });

  test('with keys that have no values leaves these at their defaults', () => {
    const names = ['secrets-encryption', 'listen-port', 'log-format', 'quota', 'audit-log', 'debug'];
    const config = configFile(names.map((name) => `${name}:\n`).join(''));
    expect(readConfig({ config }, {})).toEqual(readConfig({}, {}));
  });

  test('may be named by the environment', () => {
    expect(readConfig({}, { K3V_CONFIG: configFile('id: blue') }).id).toBe('blue');
  });

  test('may be empty', () => {
    expect(readConfig({ config: configFile('') }, {}).id).toBe('default');
  });

  test.each([
    ['is a list', '- id', /holds no map/],
    ['is not YAML', 'id: a\nnamespace: [', /line 2/],
    ['sets what is no flag', 'listenPort: 1', /"listenPort".*did you mean "listen-port"/],
    ['sets what every object has', 'toString: 1', /"toString"/],
  ])('that %s is refused', (_title, text, message) => {
    const config = configFile(text);
    expect(() => readConfig({ config }, {})).toThrow(
      expect.objectContaining({ code: 'CONFIG_FILE_BROKEN', message: expect.stringMatching(message) }),
    );
  });

  test('that --sync-rules names is refused in one line where it is no YAML', () => {
    const rules = join(dir, 'rules.yaml');
    writeFileSync(rules, 'a: {\n');
    expect(() => readConfig({ 'sync-rules': rules }, {})).toThrow(
      expect.objectContaining({
        code: 'SYNC_RULES_BROKEN',
        message: expect.stringMatching(/^the --sync-rules file \S+ cannot be read: .* line 2, [^\n]*$/),
      }),
    );
  });

  test.each([
    ['listen-port: high', '"listen-port" in the --config file is "high"'],
    ['namespace: {a: b}', '"namespace" in the --config file is {"a":"b"}'],
    ['data-dir: [a, b]', '"data-dir" in the --config file is ["a","b"]'],
    ['tls-san: [{a: b}]', '"tls-san" in the --config file is [{"a":"b"}]'],
  ])('with a value that makes no sense is refused: %s', (text, message) => {
    expect(() => readConfig({ config: configFile(text) }, {})).toThrow(
      expect.objectContaining({ code: 'FLAG_INVALID', message }),
    );
  });

  test('that is not there is refused by its path', () => {
    const missing = join(dir, 'nothing.yaml');
    mkdirSync(join(dir, 'folder'), { recursive: true });
    for (const config of [missing, join(dir, 'folder')]) {
      expect(() => readConfig({ config }, {})).toThrow(
        expect.objectContaining({ code: 'CONFIG_FILE_BROKEN', message: expect.stringContaining(config) }),
      );
    }
  });
});
