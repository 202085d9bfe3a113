import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigOfFiles, kubeconfigYaml } from '../../../src/control-plane/kubeconfig.ts';

const content = { server: 'https://127.0.0.1:7443', caPem: 'CA\n', certPem: 'CERT\n', keyPem: 'KEY\n' };

describe('a kubeconfig', () => {
  it('is read by the Kubernetes client with server, credentials and namespace', () => {
    const config = new KubeConfig();
    config.loadFromString(kubeconfigYaml({ ...content, contextName: 'k3v-shop', namespace: 'web' }));
    expect(config.getCurrentContext()).toBe('k3v-shop');
    expect(config.getCurrentCluster()).toMatchObject({ server: content.server, caData: btoa('CA\n') });
    expect(config.getCurrentUser()).toMatchObject({ certData: btoa('CERT\n'), keyData: btoa('KEY\n') });
    expect(config.getContextObject('k3v-shop')?.namespace).toBe('web');
  });

  it('names no namespace when none is given', () => {
    expect(kubeconfigYaml({ ...content, contextName: 'k3v' })).not.toContain('namespace');
  });

  it('can point to files instead', () => {
    const yaml = kubeconfigOfFiles({
      server: content.server,
      caFile: '/p/ca.crt',
      certFile: '/p/a.crt',
      keyFile: '/p/a.key',
    });
    expect(parse(yaml)).toMatchObject({
      clusters: [{ cluster: { 'certificate-authority': '/p/ca.crt' } }],
      users: [{ user: { 'client-certificate': '/p/a.crt', 'client-key': '/p/a.key' } }],
    });
  });
});
