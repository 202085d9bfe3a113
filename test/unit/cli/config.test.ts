import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';

describe('a setting', () => {
  test('of a flag wins over its environment variable', () => {
    expect(readConfig({ namespace: 'flag' }, { K3V_NAMESPACE: 'variable', NAMESPACE: 'old' }).namespace).toBe('flag');
  });

  test('of a K3V_ variable wins over the old name', () => {
    expect(readConfig({}, { K3V_NAMESPACE: 'variable', NAMESPACE: 'old' }).namespace).toBe('variable');
    expect(readConfig({}, { K3V_KUBECONFIG: 'variable', KUBECONFIG: 'old' }).kubeconfig).toBe('variable');
  });

  test.each([
    ['KUBECONFIG', 'a:b', { kubeconfig: 'a:b' }],
    ['NAMESPACE', 'team-a', { namespace: 'team-a' }],
    ['K3V_ID', 'blue', { id: 'blue' }],
    ['K3V_LISTEN_PORT', '7444', { listenPort: 7444 }],
    ['K3V_TLS_SAN', 'a,b', { tlsSans: ['a', 'b'] }],
    ['K3V_SYNC', 'configmaps=all,secrets=all', { sync: ['configmaps=all', 'secrets=all'] }],
    ['K3V_NODES', 'from-pods', { nodes: 'from-pods' }],
    ['K3V_KUBERNETES_VERSION', '1.34', { kubernetesVersion: '1.34' }],
    ['K3V_DEBUG', 'true', { debug: true }],
    ['K3V_LOG_FORMAT', 'json', { logFormat: 'json' }],
    ['K3V_DEBUG', '1', { debug: true }],
    ['K3V_DEBUG', '0', { debug: false }],
    ['K3V_LISTEN_PORT', '', { listenPort: 7443 }],
  ])('comes from %s=%s', (variable, value, config) => {
    expect(readConfig({}, { [variable]: value })).toMatchObject(config);
  });

  test.each([
    ['K3V_DEBUG', 'maybe'],
    ['K3V_LISTEN_PORT', 'https'],
    ['NAMESPACE', 'Team A'],
    ['K3V_HOST', 'kind'],
    ['K3V_NODES', 'some'],
    ['K3V_KUBERNETES_VERSION', '1.35'],
  ])('that is wrong is reported with the variable it came from: %s=%s', (variable, value) => {
    expect(() => readConfig({}, { [variable]: value })).toThrow(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: `${variable} is "${value}"`,
        hint: expect.stringMatching(/^It must be /),
      }),
    );
  });
});

describe('the number of replicas', () => {
  const endpoint = { 'datastore-endpoint': 'postgres://k3v@127.0.0.1:5432/team' };

  test('is taken with a datastore that all of them reach', () => {
    expect(readConfig({ ...endpoint, replicas: 3 }, {})).toMatchObject({ replicas: 3 });
    expect(readConfig({}, {})).toMatchObject({ replicas: 1 });
  });

  test('is refused without one', () => {
    expect(() => readConfig({ replicas: 2 }, {})).toThrow(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: '--replicas is 2 without --datastore-endpoint',
        hint: expect.stringContaining('--data-dir of its own'),
      }),
    );
  });

  test.each([0, -1, 1.5, 'many', 101])('is refused as %j', (replicas) => {
    expect(() => readConfig({ ...endpoint, replicas }, {})).toThrow(expect.objectContaining({ code: 'FLAG_INVALID' }));
  });
});
