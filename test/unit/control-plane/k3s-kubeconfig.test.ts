import { expect, test } from 'vitest';
import { parseK3sKubeconfig } from '../../../src/control-plane/k3s-kubeconfig.ts';
import { kubeconfigYaml } from '../../../src/control-plane/kubeconfig.ts';

const access = {
  server: 'https://127.0.0.1:7443',
  caPem: '-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n',
  certPem: '-----BEGIN CERTIFICATE-----\nQ0VSVA==\n-----END CERTIFICATE-----\n',
  keyPem: '-----BEGIN EC PRIVATE KEY-----\nS0VZ\n-----END EC PRIVATE KEY-----\n',
};
const text = kubeconfigYaml({ ...access, contextName: 'default' });

test('the credentials come out as PEM text', () => {
  expect(parseK3sKubeconfig(text)).toEqual(access);
});

test('a file that is only written in part counts as not there, wherever it is cut', () => {
  // Without its last line end and padding the text is as good as whole.
  const whole = text.trimEnd().replace(/=+$/, '').length;
  for (let length = 0; length < whole; length++) {
    expect(parseK3sKubeconfig(text.slice(0, length)), `cut after ${length} characters`).toBeUndefined();
  }
});

test.each([
  ['nothing', ''],
  ['something else', '[]'],
  ['no users', text.replace('users:', 'nobody:')],
  ['no YAML', '{'],
])('%s counts as not there', (_what, content) => {
  expect(parseK3sKubeconfig(content)).toBeUndefined();
});
