import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadKubeconfig } from '../../../src/host/load-kubeconfig.ts';
import { currentOf } from '../../../src/kube/kubeconfig.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'k3v-kubeconfig-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** Writes a kubeconfig with one cluster, user and context, all of that name. */
function write(
  file: string,
  name: string,
  { server = `https://${name}:6443`, namespace = 'default', current = name } = {},
) {
  const path = join(dir, file);
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: `token-of-${name}` } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': current,
  };
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, stringify(content));
  return path;
}

const load = (kubeconfig?: string, env: Record<string, string> = {}, context?: string) =>
  loadKubeconfig({ kubeconfig, context, env: { HOME: dir, ...env } });
const serverOf = (found: ReturnType<typeof load>) => found && currentOf(found.config).cluster?.server;

describe('the host', () => {
  test('is the one of --kubeconfig before that of KUBECONFIG before that of ~/.kube/config', () => {
    const [flag, variable] = [write('flag', 'flag'), write('variable', 'variable')];
    write('.kube/config', 'home');
    expect(serverOf(load(flag, { KUBECONFIG: variable }))).toBe('https://flag:6443');
    expect(serverOf(load(undefined, { KUBECONFIG: variable }))).toBe('https://variable:6443');
    expect(serverOf(load())).toBe('https://home:6443');
  });

  test('is nobody when nothing is named and nothing is there', () => {
    expect(load()).toBeUndefined();
    expect(load(undefined, { KUBECONFIG: '' })).toBeUndefined();
  });

  test('brings along the namespace of its context', () => {
    expect(load(write('a', 'a', { namespace: 'team-a' }))?.namespace).toBe('team-a');
  });

  test('is the one of --context', () => {
    const both = [write('a', 'a'), write('b', 'b')].join(delimiter);
    expect(serverOf(load(undefined, { KUBECONFIG: both }, 'b'))).toBe('https://b:6443');
  });
});

describe('several files in KUBECONFIG', () => {
  test('are one, and the first to name something wins', () => {
    const [first, second] = [write('1', 'same', { server: 'https://first:6443' }), write('2', 'same')];
    expect(serverOf(load(undefined, { KUBECONFIG: [first, second].join(delimiter) }))).toBe('https://first:6443');
  });

  test('take their current context from the first that has one', () => {
    const list = [write('a', 'a', { current: '' }), write('b', 'b')].join(delimiter);
    expect(serverOf(load(undefined, { KUBECONFIG: list }))).toBe('https://b:6443');
  });

  test('may be missing in part, but not all', () => {
    const missing = join(dir, 'nothing');
    expect(serverOf(load(undefined, { KUBECONFIG: [missing, write('a', 'a')].join(delimiter) }))).toBe(
      'https://a:6443',
    );
    expect(() => load(undefined, { KUBECONFIG: [missing, `${missing}2`].join(delimiter) })).toThrow(
      expect.objectContaining({ code: 'HOST_CONFIG_MISSING', message: expect.stringContaining(missing) }),
    );
  });
});

describe('a kubeconfig that will not do', () => {
  const broken = (text: string) => {
    const path = join(dir, 'broken');
    writeFileSync(path, text);
    return path;
  };
  test.each([
    ['is not YAML', '{'],
    ['is empty', ''],
    ['is a list', '- a'],
    ['holds no clusters', 'kind: Config'],
    ['has a cluster without a name', 'clusters: [{cluster: {server: x}}]'],
    [
      'has a context whose cluster is not there',
      'clusters: []\ncontexts: [{name: a, context: {cluster: gone}}]\ncurrent-context: a',
    ],
    [
      'has a context whose user is not there',
      'clusters: [{name: c, cluster: {server: "https://c"}}]\nusers: []\ncontexts: [{name: a, context: {cluster: c, user: gone}}]\ncurrent-context: a',
    ],
  ])('%s', (_title, text) => {
    const path = broken(text);
    expect(() => load(path)).toThrow(
      expect.objectContaining({ code: 'HOST_CONFIG_BROKEN', message: expect.stringContaining(path) }),
    );
  });

  test('is not there', () => {
    expect(() => load(join(dir, 'nothing'))).toThrow(expect.objectContaining({ code: 'HOST_CONFIG_MISSING' }));
    expect(() => load(dir)).toThrow(expect.objectContaining({ code: 'HOST_CONFIG_MISSING' }));
  });

  test('lacks the context, and those it has are listed', () => {
    expect(() => load(write('a', 'a'), {}, 'b')).toThrow(
      expect.objectContaining({
        code: 'HOST_CONTEXT_UNKNOWN',
        message: expect.stringContaining('"b"'),
        hint: expect.stringContaining('one of: a'),
      }),
    );
    expect(() => load(write('a', 'a', { current: '' }))).toThrow(
      expect.objectContaining({
        code: 'HOST_CONTEXT_UNKNOWN',
        message: expect.stringContaining('names no current context'),
      }),
    );
  });
});
