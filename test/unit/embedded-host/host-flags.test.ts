import { expect, test } from 'vitest';
import type { StoredKeyPair } from '../../../src/control-plane/certificate-files.ts';
import type { KubernetesPki } from '../../../src/control-plane/kubernetes-pki.ts';
import {
  hostApiServerArgs,
  hostControllerManagerArgs,
  type HostPace,
  hostSchedulerArgs,
  kwokArgs,
} from '../../../src/embedded-host/host-flags.ts';

const pair = (name: string): StoredKeyPair => ({
  certPem: '',
  keyPem: '',
  certFile: `/pki/${name}.crt`,
  keyFile: `/pki/${name}.key`,
  renewed: undefined,
});
const ca = pair('ca');
const pki: KubernetesPki = {
  ca,
  clientCa: ca,
  apiServer: pair('apiserver'),
  kubeletClient: pair('kubelet-client'),
  admin: pair('admin'),
  controllerManager: pair('controller-manager'),
  frontProxyCa: pair('front-proxy-ca'),
  frontProxyClient: pair('front-proxy-client'),
  serviceAccount: { keyFile: '/pki/sa.key', publicFile: '/pki/sa.pub' },
};

test('the API server is heard on this machine only', () => {
  const binds = hostApiServerArgs(23_000, pki).filter((flag) => flag.startsWith('--bind-address='));
  // Of a flag that stands there twice the last one counts.
  expect(binds.at(-1)).toBe('--bind-address=127.0.0.1');
});

test('all controllers run, as in a real cluster', () => {
  const flags = hostControllerManagerArgs('/pki/kubeconfig', pki, 'unhindered');
  expect(flags.filter((flag) => flag.startsWith('--controllers'))).toEqual([]);
  expect(flags).toContain('--kubeconfig=/pki/kubeconfig');
});

test('its controllers have the limits of Kubernetes where they are asked for', () => {
  const qps = (pace: HostPace) =>
    [...hostControllerManagerArgs('/pki/kubeconfig', pki, pace), ...hostSchedulerArgs('/pki/kubeconfig', pace)].filter(
      (flag) => flag.startsWith('--kube-api-qps='),
    );
  expect(qps('kubernetes-defaults')).toEqual(['--kube-api-qps=20', '--kube-api-qps=50']);
  expect(qps('unhindered')).toEqual(['--kube-api-qps=500', '--kube-api-qps=500']);
});

test('the scheduler takes no port', () => {
  expect(hostSchedulerArgs('/pki/kubeconfig', 'unhindered')).toContain('--secure-port=0');
});

test('KWOK serves logs where the nodes say, and reads all its configuration', () => {
  const flags = kwokArgs({
    kubeconfigFile: '/pki/kwok.kubeconfig',
    configFiles: ['/cache/stages.yaml', '/data/kwok.yaml'],
    port: 23_001,
    podRange: '10.244.0.7/16',
    serving: pair('apiserver'),
  });
  expect(flags).toEqual(
    expect.arrayContaining([
      '--config=/cache/stages.yaml',
      '--config=/data/kwok.yaml',
      '--node-port=23001',
      '--server-address=127.0.0.1:23001',
      '--cidr=10.244.0.7/16',
    ]),
  );
});
