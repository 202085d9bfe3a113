import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/cli/config.ts';
import { proxySettings } from '../../src/control-plane/proxy-settings.ts';
import { startControlPlane } from '../../src/control-plane/start-control-plane.ts';
import { loadKubeconfig } from '../../src/host/load-kubeconfig.ts';
import { silentLog } from '../../src/log.ts';
import { openDataDir } from '../../src/open-data-dir.ts';
import { silentProgress } from '../../src/progress.ts';
import { runVirtualCluster } from '../../src/run-virtual-cluster.ts';
import type { StateStore } from '../../src/state/store.ts';
import { chooseKinds } from '../../src/syncer/choose-kinds.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { applyWith } from '../support/apply.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, startK3v } from '../support/k3v-process.ts';

type Kubectl = (...args: string[]) => Promise<string>;

let folder: string;
let k3v: K3vProcess;
let virtual: Kubectl;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-egress-'));
  k3v = await startK3v(folder, ['--host', 'embedded', '--listen-port', '27743']);
  virtual = await kubectlFor(k3v.kubeconfig);
});

afterAll(async () => {
  await k3v.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

const apply = async (...items: object[]) => await applyWith(virtual, folder, items);

/** Resolves with the target of each refusal that was logged. */
const refusals = () =>
  k3v.lines().flatMap((line) => {
    if (!line.includes('"refused to dial"')) return [];
    const { target, egress }: { target: string; egress: string } = JSON.parse(line);
    return [`${egress} ${target}`];
  });

const addressOf = async (node: string) =>
  await virtual('get', 'node', node, '-o', 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}');

describe('what the API server dials', () => {
  it('is answered for a kubelet', async () => {
    expect(await virtual('get', '--raw', '/api/v1/nodes/embedded-1/proxy/healthz')).toBe('ok');
  });

  it('is refused for another port of a node', async () => {
    const dialled = virtual('get', '--raw', '/api/v1/nodes/embedded-1:22/proxy/');
    await expect(dialled).rejects.toThrow(
      'Forbidden: of the node embedded-1 only the kubelet can be reached, not port 22',
    );
    expect(refusals()).toContain(`cluster ${await addressOf('embedded-1')}:22`);
  });

  it.each([
    ['10.0.0.1', 'forged-1'],
    ['192.0.2.7', 'forged-2'],
    ['198.18.0.1', 'forged-3'],
  ])('is refused for %s in the status of a pod', async (podIp, name) => {
    const spec = { schedulingGates: [{ name: 'example.com/never' }], containers: [{ name: 'main', image: 'none' }] };
    // k3v deletes a pod that seems to have lost its host pod; this one stays.
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name, finalizers: ['example.com/stay'] }, spec });
    const status = { podIP: podIp, podIPs: [{ ip: podIp }] };
    const patch = JSON.stringify({ status });
    await virtual('patch', 'pod', name, '--subresource=status', '--type=merge', '-p', patch);
    const dialled = virtual('get', '--raw', `/api/v1/namespaces/default/pods/https:${name}:6443/proxy/version`);
    await expect(dialled).rejects.toThrow('code 403');
    expect(refusals()).toContain(`cluster ${podIp}:6443`);
  });

  it('is refused for the endpoints that a tenant wrote, to an aggregated API server', async () => {
    await apply(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'thief' }, spec: { ports: [{ port: 443 }] } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'thief', labels: { 'kubernetes.io/service-name': 'thief' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'] }],
        ports: [{ name: '', port: 6443 }],
      },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1.thief.example.com' },
        spec: {
          group: 'thief.example.com',
          version: 'v1',
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          insecureSkipTLSVerify: true,
          service: { namespace: 'default', name: 'thief' },
        },
      },
    );
    await eventually(() => expect(refusals()).toContain('cluster 10.0.0.1:6443'), { timeoutMs: 30_000 });
    const condition = 'jsonpath={.status.conditions[0].message}';
    await eventually(async () =>
      expect(await virtual('get', 'apiservice', 'v1.thief.example.com', '-o', condition)).toContain('code 403'),
    );
    await virtual('delete', 'apiservice', 'v1.thief.example.com');
  });

  it.each([
    ['the metadata address', 'https://169.254.169.254/latest', '169.254.169.254:443'],
    ['a port of this machine', 'https://127.0.0.1:27743/version', '127.0.0.1:27743'],
    ['this machine by name', 'https://localhost:27743/version', 'localhost:27743'],
    ['an address as one number', 'https://2130706433:27743/version', '2130706433:27743'],
    ['a name outside', 'https://metadata.google.internal/', 'metadata.google.internal:443'],
  ])('is refused for a webhook at %s', async (_, url, target) => {
    await apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'thief' },
      webhooks: [
        {
          name: 'thief.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          clientConfig: { url },
          matchConditions: [{ name: 'mine', expression: `object.metadata.name == 'bait'` }],
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
      ],
    });
    await eventually(async () => {
      const created = virtual('create', 'configmap', 'bait', '--dry-run=server');
      await expect(created).rejects.toThrow(`dialing ${target}, code 40`);
    });
    expect(refusals()).toContain(`controlplane ${target}`);
    await virtual('delete', 'validatingwebhookconfiguration', 'thief');
  });

  it("is k3v's own metrics for the API server alone, not for who makes it dial their address", async () => {
    await virtual('wait', '--for=condition=Available', 'apiservice/v1beta1.metrics.k8s.io', '--timeout=30s');
    const spec = { schedulingGates: [{ name: 'example.com/never' }], containers: [{ name: 'main', image: 'none' }] };
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'dummy', finalizers: ['example.com/stay'] }, spec });
    const patch = JSON.stringify({ status: { podIP: '192.0.0.8', podIPs: [{ ip: '192.0.0.8' }] } });
    await virtual('patch', 'pod', 'dummy', '--subresource=status', '--type=merge', '-p', patch);
    const asked = virtual('get', '--raw', '/api/v1/namespaces/default/pods/https:dummy:443/proxy/apis');
    await expect(asked).rejects.toThrow('certificate required');
    const onHost = await kubectlFor(join(folder, 'k3v-data', 'embedded-host', 'kubeconfig.yaml'));
    expect(await onHost('get', 'services,endpoints', '-A', '-o', 'name')).not.toContain('metrics');
  });

  it("is answered for k3v's own webhook", async () => {
    const created = virtual('create', 'service', 'clusterip', 'own', '--tcp=80', '-o', 'jsonpath={.spec.clusterIP}');
    expect(await created).toMatch(/^10\.96\./);
  });

  it('says nothing of the folders of this machine', async () => {
    const error = await virtual('get', '--raw', '/api/v1/nodes/embedded-1:23/proxy/').catch(String);
    expect(error).toContain('egress/cluster.sock');
    expect(error.replaceAll(k3v.kubeconfig, '')).not.toContain(folder);
  });
});

/** The way where Node has no Unix sockets. */
describe('what the API server dials by TCP', () => {
  let own: string;
  let store: StateStore;
  let running: Promise<void>;
  let onTcp: Kubectl;
  const ending = new AbortController();

  /** A second virtual cluster on the host of the first. */
  beforeAll(async () => {
    own = join(folder, 'tcp');
    const hostKubeconfig = join(folder, 'k3v-data', 'embedded-host', 'kubeconfig.yaml');
    await (await kubectlFor(hostKubeconfig))('create', 'namespace', 'tcp');
    await mkdir(own);
    const extras = ['nodes', 'nodes/proxy'];
    const { kubeconfig } = await applyHostRole({ hostKubeconfig, namespace: 'tcp', folder: own, extras });
    const config = readConfig(
      {
        kubeconfig,
        namespace: 'tcp',
        distro: 'kubernetes',
        disable: ['coredns'],
        'listen-port': 27_745,
        'data-dir': join(own, 'data'),
        'write-kubeconfig': join(own, 'kubeconfig.yaml'),
      },
      {},
    );
    const host = loadKubeconfig({ ...config, env: {} });
    if (!host) throw new Error('no kubeconfig of the host');
    store = await openDataDir(config.dataDir, silentLog);
    const up = Promise.withResolvers<void>();
    running = runVirtualCluster({
      config,
      host: { ...host, simulated: false },
      sync: chooseKinds(config.sync),
      failures: [],
      store,
      cacheDir: cacheDir(),
      proxy: proxySettings({}),
      startControlPlane,
      transport: 'tcp',
      log: silentLog,
      progress: silentProgress,
      announce: () => up.resolve(),
      signal: ending.signal,
    });
    await Promise.race([up.promise, running]);
    onTcp = await kubectlFor(config.writeKubeconfig);
  });

  afterAll(async () => {
    ending.abort();
    await running;
    await store.close();
  });

  const egress = async () => {
    const text = await readFile(join(own, 'data', 'control-plane', 'egress-selector.yaml'), 'utf8');
    const { egressSelections } = parse(text) as {
      egressSelections: { name: string; connection: { transport: { tcp: TcpTransport } } }[];
    };
    return Object.fromEntries(egressSelections.map(({ name, connection }) => [name, connection.transport.tcp]));
  };

  it('is answered for a kubelet, and refused for another port of a node', async () => {
    expect(Object.keys(await egress())).toEqual(['cluster', 'controlplane']);
    expect(await readdir(join(own, 'data', 'control-plane', 'egress'))).toEqual([]);
    expect(await onTcp('get', '--raw', '/api/v1/nodes/embedded-1/proxy/healthz')).toBe('ok');
    const dialled = onTcp('get', '--raw', '/api/v1/nodes/embedded-1:22/proxy/');
    await expect(dialled).rejects.toThrow('only the kubelet can be reached, not port 22');
  });

  it("is answered for k3v's own webhook and metrics", async () => {
    const created = onTcp('create', 'service', 'clusterip', 'own', '--tcp=80', '-o', 'jsonpath={.spec.clusterIP}');
    expect(await created).toMatch(/^10\.96\./);
    await onTcp('wait', '--for=condition=Available', 'apiservice/v1beta1.metrics.k8s.io', '--timeout=30s');
  });

  it.each(['cluster', 'controlplane'])('is %s egress for a client with a certificate alone', async (name) => {
    const tcp = (await egress())[name];
    if (!tcp) throw new Error(`no egress ${name}`);
    const connect = async (identity: { cert?: Buffer; key?: Buffer }) => {
      const { hostname, port } = new URL(tcp.url);
      const ca = await readFile(tcp.tlsConfig.caBundle);
      const socket = tls.connect({ host: hostname, port: Number(port), ca, ...identity });
      socket.write('CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: a\r\n\r\n');
      return (await buffer(socket)).toString();
    };
    const { clientCert, clientKey } = tcp.tlsConfig;
    const identity = { cert: await readFile(clientCert), key: await readFile(clientKey) };
    expect(await connect(identity)).toMatch(/^HTTP\/1.1 403 Forbidden: 127.0.0.1 is a loopback address/);
    await expect(connect({})).rejects.toThrow('certificate required');
  });
});

interface TcpTransport {
  url: string;
  tlsConfig: { caBundle: string; clientCert: string; clientKey: string };
}
