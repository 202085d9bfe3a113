import { expect, it } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';

it('reads which Secret is to hold the kubeconfig, and with which address', () => {
  expect(readConfig({}, {}).kubeconfigSecret).toBeUndefined();
  expect(readConfig({ 'write-kubeconfig-secret': 'tenant' }, {}).kubeconfigSecret).toEqual({
    name: 'tenant',
    server: undefined,
  });
  const server = 'https://team-a.example:443';
  expect(
    readConfig({ 'write-kubeconfig-secret': 'tenant' }, { K3V_KUBECONFIG_SECRET_SERVER: server }).kubeconfigSecret,
  ).toEqual({ name: 'tenant', server });
});

it.each([
  [{ 'write-kubeconfig-secret': 'Tenant' }, '--write-kubeconfig-secret is "Tenant"'],
  [{ 'write-kubeconfig-secret': 'a/b' }, '--write-kubeconfig-secret is "a/b"'],
  [{ 'kubeconfig-secret-server': 'https://a' }, '--kubeconfig-secret-server is given, and no Secret'],
  [{ 'write-kubeconfig-secret': 'a', 'kubeconfig-secret-server': 'http://a' }, 'server is "http://a"'],
  [{ 'write-kubeconfig-secret': 'a', 'kubeconfig-secret-server': 'team-a:443' }, 'server is "team-a:443"'],
])('refuses %j', (given, message) => {
  expect(() => readConfig(given, {})).toThrow(message);
});
