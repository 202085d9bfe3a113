import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type K3vProcess, kubectlFor, startK3v } from '../support/k3v-process.ts';
import { eventually } from '../support/eventually.ts';

type Kubectl = (...args: string[]) => Promise<string>;

const patience = { timeoutMs: 60_000, everyMs: 200 };
const kinds = 'services,serviceaccounts,configmaps,deployments,clusterroles,clusterrolebindings';

describe('cluster DNS as k3v makes it', () => {
  let folder: string;
  let k3v: K3vProcess;
  let virtual: Kubectl;
  let host: Kubectl;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-add-ons-'));
    await start();
    virtual = await kubectlFor(k3v.kubeconfig);
    host = await kubectlFor(join(folder, 'k3v-data/embedded-host/kubeconfig.yaml'));
  });

  afterAll(async () => {
    await k3v?.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  async function start(...flags: string[]): Promise<void> {
    k3v = await startK3v(folder, ['--host', 'embedded', '--listen-port', '27463', ...flags]);
  }
  async function restart(...flags: string[]): Promise<void> {
    await k3v.end('SIGINT');
    await start(...flags);
  }
  const inSystem = async (...args: string[]) => await virtual('-n', 'kube-system', ...args);
  const get = async (what: string, path: string) => await inSystem('get', ...what.split(' '), '-o', `jsonpath=${path}`);
  const rollOut = async () => await inSystem('rollout', 'status', 'deployment/coredns', '--timeout=60s');
  /** Names of the objects, with the version that each write changes. */
  const versions = async () =>
    await get(
      `${kinds} -l k3v.io/add-on=coredns`,
      '{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    );
  const clusterIp = async () => await get('service kube-dns', '{.spec.clusterIP}');
  /** Runs a pod and returns how its host pod is to look names up. */
  const dnsOfNewPod = async (name: string) => {
    await virtual('run', name, '--image=nginx');
    await virtual('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s');
    const fields = 'jsonpath={.items[0].spec.dnsPolicy} {.items[0].spec.dnsConfig.nameservers[*]}';
    return (await host('get', 'pods', '-l', `v.k3v.io/run=${name}`, '-o', fields)).trim();
  };

  it('is whole, under the address that pods are given', async () => {
    await eventually(async () => expect((await versions()).split('\n').filter(Boolean)).toHaveLength(6), patience);
    await rollOut();
    expect(await dnsOfNewPod('first')).toBe(`None ${await clusterIp()}`);
  });

  it('is made whole at a start, which writes nothing else', async () => {
    const lines = async () => (await versions()).split('\n').filter(Boolean);
    const others = (await lines()).filter((line) => !line.startsWith('Deployment/'));
    // The last in the order in which they are looked at.
    await inSystem('delete', 'deployment', 'coredns');
    await restart();
    await eventually(async () => expect(await lines()).toHaveLength(others.length + 1), patience);
    expect(await lines()).toEqual(expect.arrayContaining(others));
  });

  it('is changed by flags without a loss of what the tenant put in', async () => {
    await inSystem('patch', 'configmap', 'coredns', '-p', '{"data":{"Corefile":".:53 { whoami }\\n"}}');
    const patch = { spec: { template: { spec: { tolerations: [{ key: 'dns', operator: 'Exists' }] } } } };
    await inSystem('patch', 'deployment', 'coredns', '-p', JSON.stringify(patch));
    const address = await clusterIp();
    await restart('--coredns-image', 'mirror/coredns:2', '--coredns-replicas', '2', '--cluster-domain', 'corp.example');
    await eventually(async () => {
      const spec =
        '{.spec.replicas} {.spec.template.spec.containers[0].image} {.spec.template.spec.tolerations[*].key}';
      expect(await get('deployment coredns', spec)).toBe('2 mirror/coredns:2 dns');
    }, patience);
    expect(await get('configmap coredns', '{.data.Corefile}')).toBe('.:53 { whoami }');
    expect(await clusterIp()).toBe(address);
    await rollOut();
  });

  it('is removed when it is disabled, and pods get the DNS of the host', async () => {
    await restart('--disable', 'coredns');
    await eventually(async () => expect(await versions()).toBe(''), patience);
    await eventually(async () => expect(await inSystem('get', 'pods', '-o', 'name')).toBe(''), patience);
    const kubeDns = async () => await host('get', 'services', '-l', 'v.k3v.io/k8s-app=kube-dns', '-o', 'name');
    await eventually(async () => expect(await kubeDns()).toBe(''), patience);
    expect(await dnsOfNewPod('second')).toBe('ClusterFirst');
  });

  it('is left out where the tenant runs its own, which pods are given', async () => {
    const file = join(folder, 'dns.json');
    const metadata = { name: 'kube-dns', namespace: 'kube-system' };
    const spec = { selector: { app: 'my-dns' }, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] };
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata, spec }));
    await virtual('apply', '-f', file);
    expect(await dnsOfNewPod('third')).toBe(`None ${await clusterIp()}`);
    await restart();
    await eventually(() => expect(k3v.lines().join('\n')).toContain('the tenant has its own'), patience);
    expect(await versions()).toBe('');
    expect(await dnsOfNewPod('fourth')).toBe(`None ${await clusterIp()}`);
  });
});
