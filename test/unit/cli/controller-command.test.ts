import { expect, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { version } from '../../../src/version.ts';

const wish = async (...args: string[]): Promise<unknown> =>
  Reflect.get(await parseCommand(['controller', ...args], {}), 'wish');

test('k3v controller watches everything, alone at a time, with the image of its own version', async () => {
  expect(await wish()).toEqual({
    images: {
      k3v: `k3v:${version}`,
      k3s: 'docker.io/rancher/k3s',
      etcd: 'registry.k8s.io/etcd:3.6.8-0',
      pullPolicy: undefined,
      pullSecrets: [],
    },
    watchNamespace: undefined,
    podCidrs: [],
    leaderElect: true,
    workers: 10,
  });
});

test('k3v controller takes all that it offers', async () => {
  const images = [
    '--image',
    'r/k3v:1',
    '--k3s-image',
    'r/k3s',
    '--etcd-image',
    'r/etcd:1',
    '--image-pull-policy',
    'Never',
  ];
  const lists = ['--image-pull-secret', 'a,b', '--image-pull-secret', 'c', '--pod-cidr', '10.0.0.0/8,fd00::/8'];
  const others = ['--watch-namespace', 'team', '--no-leader-elect', '--workers', '3'];
  expect(await wish(...images, ...lists, ...others)).toEqual({
    images: { k3v: 'r/k3v:1', k3s: 'r/k3s', etcd: 'r/etcd:1', pullPolicy: 'Never', pullSecrets: ['a', 'b', 'c'] },
    watchNamespace: 'team',
    podCidrs: ['10.0.0.0/8', 'fd00::/8'],
    leaderElect: false,
    workers: 3,
  });
});

test.each([
  ['--workers', '0'],
  ['--workers', 'many'],
  ['--image-pull-policy', 'Sometimes'],
])('k3v controller refuses %s %s', async (flag, value) => {
  await expect(wish(flag, value)).rejects.toMatchObject({ code: 'FLAG_INVALID' });
});
