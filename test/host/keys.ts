import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  createServiceAccountKey,
  type KeyPair,
} from '../../src/control-plane/certificates.ts';
import { kubeconfigYaml } from '../../src/control-plane/kubeconfig.ts';
import { apiServerUrl, type HostNetwork, machineAddress, nodeAddress, nodeName } from './networks.ts';

/** Users of the API server; each has `<user>.kubeconfig`. */
const users = {
  admin: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  proxy: { commonName: 'system:kube-proxy' },
} satisfies Record<string, Partial<CertificateRequest>>;

const days = 30;
const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];

/**
 * Makes the keys of a host with `nodeCount` nodes in `folder`: `<name>.crt`, `<name>.key` and `<user>.kubeconfig` as kubeadm lays
 * them out, the kubeconfig of node i as `node<i>.kubeconfig`.
 */
export async function writeKeys(folder: string, network: HostNetwork, nodeCount: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
  const writePair = async (name: string, { certPem, keyPem }: KeyPair) => {
    await write(`${name}.crt`, certPem);
    await write(`${name}.key`, keyPem);
  };
  const [ca, frontProxyCa, serviceAccount] = await Promise.all([
    createAuthority('kubernetes-ca'),
    createAuthority('front-proxy-ca'),
    createServiceAccountKey(),
  ]);
  const issue = async (name: string, request: Omit<CertificateRequest, 'days'>, authority: Authority = ca) => {
    const pair = await authority.issue({ ...request, days });
    await writePair(name, pair);
    return pair;
  };
  const issueUser = async (name: string, request: Pick<CertificateRequest, 'commonName' | 'organizations'>) => {
    const pair = await issue(name, { ...request, usages: ['client'] });
    const content = { server: apiServerUrl(network), caPem: ca.certPem, contextName: 'host', ...pair };
    await write(`${name}.kubeconfig`, kubeconfigYaml(content));
  };

  await writePair('ca', ca);
  await writePair('front-proxy-ca', frontProxyCa);
  await write('service-account.key', serviceAccount.privatePem);
  await write('service-account.pub', serviceAccount.publicPem);
  const addresses = ['127.0.0.1', machineAddress(network), nodeAddress(network, 1), `${network.services}.0.1`];
  await issue('apiserver', {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', ...service],
    ipAddresses: addresses,
    usages: ['server'],
  });
  await issue('kubelet-client', {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usages: ['client'],
  });
  await issue('front-proxy-client', { commonName: 'front-proxy-client', usages: ['client'] }, frontProxyCa);
  for (const [name, request] of Object.entries(users)) await issueUser(name, request);
  for (let index = 1; index <= nodeCount; index++) {
    const name = nodeName(index);
    await issueUser(name, { commonName: `system:node:${name}`, organizations: ['system:nodes'] });
    await issue(`${name}-server`, {
      commonName: `system:node:${name}`,
      dnsNames: [name],
      ipAddresses: [nodeAddress(network, index)],
      usages: ['server'],
    });
  }
}
