import { isIP } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { startVirtualCluster, type VirtualCluster, waitFlag as wait } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 500 };
/** Not that of the host. */
const clusterDomain = 'tenant.test';
const domain = `svc.${clusterDomain}`;

describeOnHosts('cluster DNS', (startHost) => {
  let cluster: VirtualCluster;

  beforeAll(async () => {
    // Some of the pods are in the network of their node.
    const flags = ['--cluster-domain', clusterDomain, '--isolation', 'none'];
    cluster = await startVirtualCluster(startHost, { port: 27663, flags });
    await virtual('create', 'namespace', 'shop');
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'asker' }, spec: sleeping(images.agnhost) },
      service('web', 'shop', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }),
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'server', namespace: 'shop', labels: { app: 'web' } },
        spec: { containers: [{ ...server, readinessProbe: probe }], terminationGracePeriodSeconds: 0 },
      },
      service('db', 'default', { clusterIP: 'None', selector: { app: 'db' }, ports: [{ name: 'sql', port: 5432 }] }),
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db' },
        spec: {
          serviceName: 'db',
          replicas: 2,
          selector: { matchLabels: { app: 'db' } },
          template: { metadata: { labels: { app: 'db' } }, spec: sleeping(images.busybox) },
        },
      },
      service('shop', 'default', { type: 'ExternalName', externalName: `web.shop.${domain}` }),
    );
    await virtual('rollout', 'status', 'statefulset/db', wait);
    await virtual('wait', 'pod/asker', '--for=condition=Ready', wait);
    await virtual('-n', 'shop', 'wait', 'pod/server', '--for=condition=Ready', wait);
    await virtual('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', wait);
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  const virtual = (...args: string[]) => cluster.virtual(...args);
  const field = async (what: string, path: string, namespace = 'default') =>
    await virtual('-n', namespace, 'get', ...what.split(' '), '-o', `jsonpath={${path}}`);
  const clusterIp = async (name: string, namespace: string) =>
    await field(`service ${name}`, '.spec.clusterIP', namespace);
  const podIp = async (name: string) => await field(`pod ${name}`, '.status.podIP');
  const inAsker = async (script: string) => await virtual('exec', 'asker', '--', 'sh', '-c', script);
  /** The same through the host alone, without k3v. */
  const inAskerOnHost = async (script: string) =>
    await cluster.host('exec', cluster.translator.hostName('Pod', 'default', 'asker'), '--', 'sh', '-c', script);
  /** Asks for an address by default, or for the name of an address. */
  const lookup = async (name: string, type = isIP(name) ? 'ptr' : 'a', run = inAsker) => {
    const said = await run(`nslookup ${type === 'ptr' ? '' : `-type=${type}`} ${name} || true`);
    return said.slice(said.indexOf('\n\n'));
  };
  const addressesOf = async (name: string, run = inAsker) =>
    [...(await lookup(name, 'a', run)).matchAll(/^Address(?: \d+)?: (\S+)/gm)]
      .map(([, address]) => address)
      .toSorted(compare);

  it('is what pods ask, as in a cluster of their own', async () => {
    const lines = (await inAsker('cat /etc/resolv.conf')).split('\n').filter(Boolean);
    expect(new Set(lines)).toEqual(
      new Set([
        `nameserver ${await clusterIp('kube-dns', 'kube-system')}`,
        `search default.${domain} ${domain} ${clusterDomain}`,
        'options ndots:5',
      ]),
    );
  });

  it('resolves the API server and Services, of other namespaces too', async () => {
    expect(await addressesOf(`kubernetes.default.${domain}`)).toEqual([await clusterIp('kubernetes', 'default')]);
    expect(await addressesOf(`web.shop.${domain}`)).toEqual([await clusterIp('web', 'shop')]);
    expect(await lookup(`web.${domain}`)).toContain('NXDOMAIN');
  });

  it('resolves short names as the search domains of the namespace say', async () => {
    const connect = '/agnhost connect --timeout=5s';
    for (const name of ['web.shop', 'web.shop.svc', 'shop']) expect(await inAsker(`${connect} ${name}:80`)).toBe('');
    expect(await virtual('-n', 'shop', 'exec', 'server', '--', ...connect.split(' '), 'web:80')).toBe('');
    await expect(inAsker(`${connect} web:80`)).rejects.toThrow('DNS');
  });

  it('resolves a headless Service to its pods', async () => {
    const pods = [await podIp('db-0'), await podIp('db-1')].toSorted(compare);
    expect(await addressesOf(`db.default.${domain}`)).toEqual(pods);
  });

  it('resolves each pod of a StatefulSet, there and back', async () => {
    for (const name of ['db-0', 'db-1']) {
      expect(await addressesOf(`${name}.db.default.${domain}`)).toEqual([await podIp(name)]);
      expect(await lookup(await podIp(name))).toContain(`name = ${name}.db.default.${domain}`);
    }
    expect(await virtual('exec', 'db-0', '--', 'hostname')).toBe('db-0');
  });

  it('resolves the address of a Service to its name, and a pod by the name that its address gives it', async () => {
    expect(await lookup(await clusterIp('web', 'shop'))).toContain(`name = web.shop.${domain}`);
    const address = await podIp('asker');
    expect(await addressesOf(`${address.replaceAll('.', '-')}.default.pod.${clusterDomain}`)).toEqual([address]);
  });

  it('resolves named ports', async () => {
    expect(await lookup(`_http._tcp.web.shop.${domain}`, 'srv')).toMatch(new RegExp(`80 web\\.shop\\.${domain}`));
  });

  it('resolves an ExternalName to what it names', async () => {
    const said = await lookup(`shop.default.${domain}`);
    expect(said).toContain(`canonical name = web.shop.${domain}`);
    expect(said).toContain(await clusterIp('web', 'shop'));
  });

  it('asks the resolver of its node for what it does not know', async () => {
    const onHost = await cluster.host(
      '-n',
      'default',
      'get',
      'service',
      'kubernetes',
      '-o',
      'jsonpath={.spec.clusterIP}',
    );
    expect(await lookup(onHost)).toContain('name = kubernetes.default.svc.cluster.local');
  });

  it('is asked with what the pod has in its dnsConfig', async () => {
    const dnsConfig = {
      nameservers: ['192.0.2.53'],
      searches: ['corp.example'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };
    const said = await cluster.runInPod('configured', 'cat /etc/resolv.conf', { dnsConfig });
    expect(said).toContain(`nameserver ${await clusterIp('kube-dns', 'kube-system')}\nnameserver 192.0.2.53\n`);
    expect(said).toContain(`search default.${domain} ${domain} ${clusterDomain} corp.example\n`);
    expect(said).toMatch(/^options (ndots:2 edns0|edns0 ndots:2)$/m);
  });

  it('is asked from the network of a node only by a pod that wants it', async () => {
    const said = async (dnsPolicy: string) =>
      await cluster.runInPod('on-node', 'cat /etc/resolv.conf', { hostNetwork: true, dnsPolicy });
    const nameserver = `nameserver ${await clusterIp('kube-dns', 'kube-system')}\n`;
    expect(await said('ClusterFirstWithHostNet')).toContain(nameserver);
    expect(await said('ClusterFirst')).not.toContain(nameserver);
  });

  it('knows a pod by the whole name that it has as host name', async () => {
    const spec = { hostname: 'db-9', subdomain: 'db', setHostnameAsFQDN: true };
    expect(await cluster.runInPod('whole', 'hostname', spec)).toBe(`db-9.db.default.${domain}`);
  });

  it('takes zones of the tenant from coredns-custom', async () => {
    const data = { 'other.server': 'other.example:53 {\n  kubernetes other.example\n}\n' };
    const metadata = { name: 'coredns-custom', namespace: 'kube-system' };
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await virtual('-n', 'kube-system', 'rollout', 'restart', 'deployment/coredns');
    await virtual('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', wait);
    await eventually(
      async () => expect(await addressesOf('web.shop.svc.other.example')).toEqual([await clusterIp('web', 'shop')]),
      patience,
    );
  });

  it('runs where the host allows restricted pods alone', async () => {
    const standard = 'pod-security.kubernetes.io/enforce';
    await cluster.host('label', 'namespace', 'team', `${standard}=restricted`);
    await virtual('-n', 'kube-system', 'rollout', 'restart', 'deployment/coredns');
    await virtual('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', wait);
    await cluster.host('label', 'namespace', 'team', `${standard}-`);
    await eventually(
      async () => expect(await addressesOf(`web.shop.${domain}`)).toEqual([await clusterIp('web', 'shop')]),
      patience,
    );
  });

  it('goes on while k3v is down, also for names that nobody asked for before', async () => {
    await virtual('create', 'service', 'clusterip', 'fresh', '--tcp=80');
    const expected = {
      fresh: [await clusterIp('fresh', 'default')],
      db: [await podIp('db-1')],
    };
    await eventually(async () => expect(await lookup(`fresh.default.${domain}`)).not.toContain('NXDOMAIN'), patience);
    await virtual('create', 'service', 'clusterip', 'unasked', '--tcp=80');
    const unasked = [await clusterIp('unasked', 'default')];
    let whileDown: unknown;
    await cluster.restart('SIGKILL', async () => {
      whileDown = {
        fresh: await addressesOf(`fresh.default.${domain}`, inAskerOnHost),
        db: await addressesOf(`db-1.db.default.${domain}`, inAskerOnHost),
        unasked: await addressesOf(`unasked.default.${domain}`, inAskerOnHost),
      };
    });
    expect(whileDown).toEqual({ ...expected, unasked });
    expect(await addressesOf(`unasked.default.${domain}`)).toEqual(unasked);
  });
});

const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 };
const server = { name: 'main', image: images.agnhost, imagePullPolicy: 'IfNotPresent', args: ['netexec'] };

function sleeping(image: string): object {
  const container = { name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '36000'] };
  return { containers: [container], terminationGracePeriodSeconds: 0 };
}

function service(name: string, namespace: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
