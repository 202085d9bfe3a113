import { describe, expect, test } from 'vitest';
import { k3sEnvironment, k3sServerArgs, type K3sSettings } from '../../../src/control-plane/k3s-flags.ts';
import { tlsFlags } from '../../../src/tls-policy.ts';

const settings: K3sSettings = {
  listenPort: 7443,
  dataDir: '/data/control-plane/k3s',
  kubeconfigPath: '/data/control-plane/k3s/kubeconfig.yaml',
  configPath: '/data/control-plane/k3s/empty-config.yaml',
  advertiseAddress: '192.0.2.7',
  tlsSans: ['k3v.example.com', '192.0.2.7'],
  serviceCidr: '10.96.0.0/16',
  clusterDomain: 'cluster.local',
  apiServerFlags: {},
};

function argsOf(minor: number, changes: Partial<K3sSettings> = {}): string[] {
  return k3sServerArgs({ text: `v1.${minor}.0+k3s1`, minor }, { ...settings, ...changes });
}

describe('k3sServerArgs', () => {
  test('runs the server without an agent, a scheduler, a cloud controller and the bundled components', () => {
    const args = argsOf(36);
    expect(args[0]).toBe('server');
    expect(args).toEqual(
      expect.arrayContaining([
        '--disable-agent',
        '--disable-scheduler',
        '--disable-cloud-controller',
        '--disable-network-policy',
        '--disable-helm-controller',
        '--flannel-backend=none',
        '--disable=coredns,local-storage,metrics-server,runtimes,servicelb,traefik',
      ]),
    );
  });

  test('passes further flags on to the API server inside', () => {
    const apiServerFlags = { 'egress-selector-config-file': '/data/egress.yaml', 'enable-aggregator-routing': true };
    expect(argsOf(36, { apiServerFlags })).toEqual(
      expect.arrayContaining([
        '--kube-apiserver-arg=egress-selector-config-file=/data/egress.yaml',
        '--kube-apiserver-arg=enable-aggregator-routing=true',
      ]),
    );
  });

  test('has its servers speak TLS as those of k3v do', () => {
    expect(argsOf(36)).toEqual(
      expect.arrayContaining([
        '--kube-apiserver-arg=tls-min-version=VersionTLS12',
        `--kube-apiserver-arg=tls-cipher-suites=${tlsFlags['tls-cipher-suites']}`,
      ]),
    );
  });

  test('names the port, the folders, the addresses and the ranges', () => {
    expect(argsOf(36)).toEqual(
      expect.arrayContaining([
        '--https-listen-port=7443',
        '--data-dir=/data/control-plane/k3s',
        '--write-kubeconfig=/data/control-plane/k3s/kubeconfig.yaml',
        '--advertise-address=192.0.2.7',
        '--tls-san=k3v.example.com',
        '--tls-san=192.0.2.7',
        '--service-cidr=10.96.0.0/16',
        '--cluster-domain=cluster.local',
      ]),
    );
  });

  test('keeps k3s off the files of a k3s cluster on the same machine', () => {
    expect(argsOf(36)).toEqual(
      expect.arrayContaining(['--rootless', '--config=/data/control-plane/k3s/empty-config.yaml']),
    );
  });

  test('leaves the endpoints of default/kubernetes to k3v', () => {
    expect(argsOf(36)).toContain('--kube-apiserver-arg=endpoint-reconciler-type=none');
  });

  test.each([
    ['10.96.0.0/16', '10.42.0.0/16'],
    ['fd00:96::/112', 'fd00:42::/56'],
    ['10.96.0.0/16,fd00:96::/112', '10.42.0.0/16,fd00:42::/56'],
    ['fd00:96::/112,10.96.0.0/16', 'fd00:42::/56,10.42.0.0/16'],
  ])('for the Service range %s the pod range is of the same IP families: %s', (serviceCidr, clusterCidr) => {
    expect(argsOf(36, { serviceCidr })).toContain(`--cluster-cidr=${clusterCidr}`);
  });

  test('quotas are counted again often enough', () => {
    expect(argsOf(36)).toContain('--kube-controller-manager-arg=resource-quota-sync-period=30s');
  });

  test.each([
    [28, false],
    [33, false],
    [34, true],
    [36, true],
  ])('v1.%i is told of the controllers it knows', (minor, deviceTaintEviction) => {
    const controllers = argsOf(minor).find((arg) => arg.startsWith('--kube-controller-manager-arg=controllers='));
    const names = controllers?.split('=')[2]?.split(',') ?? [];
    expect(names).toEqual(expect.arrayContaining(['*', '-nodeipam', '-nodelifecycle', '-persistentvolume-binder']));
    expect(names.includes('-device-taint-eviction-controller')).toBe(deviceTaintEviction);
  });
});

test('the variables that would make k3s join or read another cluster are emptied', () => {
  expect(k3sEnvironment('/data/home', { kind: 'sqlite' })).toMatchObject({
    HOME: '/data/home',
    K3S_CONFIG_FILE: '',
    K3S_URL: '',
    K3S_TOKEN: '',
    K3S_DATASTORE_ENDPOINT: '',
    K3S_DATASTORE_CAFILE: '',
    K3S_DATASTORE_CERTFILE: '',
    K3S_DATASTORE_KEYFILE: '',
  });
});

test('a datastore elsewhere is named in the environment, with its files', () => {
  const tls = { caFile: '/ca.crt', certFile: '/k3v.crt', keyFile: '/k3v.key' };
  const etcd = { kind: 'etcd', scheme: 'https', members: ['a:2379', 'b:2379'], prefix: '/k3v/default', tls } as const;
  expect(k3sEnvironment('/data/home', { ...etcd, members: [...etcd.members] })).toMatchObject({
    K3S_DATASTORE_ENDPOINT: 'https://a:2379,https://b:2379',
    K3S_DATASTORE_CAFILE: '/ca.crt',
    K3S_DATASTORE_CERTFILE: '/k3v.crt',
    K3S_DATASTORE_KEYFILE: '/k3v.key',
  });
});
