import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag as wait } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 200 };

describeOnHosts('a virtual cluster', (startHost) => {
  let cluster: VirtualCluster;
  let server: Server;

  beforeAll(async () => {
    cluster = await startVirtualCluster(startHost, { port: 27643, extras: ['nodes', 'storageclasses'] });
    server = createServer((_, response) => response.end('from the machine'));
    await new Promise<void>((resolve) => server.listen(0, cluster.testHost.machineAddress, resolve));
  });

  afterAll(async () => {
    server?.close();
    await cluster?.stop();
  });

  const virtual = (...args: string[]) => cluster.virtual(...args);
  const host = (...args: string[]) => cluster.host(...args);
  const apply = (...items: object[]) => cluster.apply(...items);
  const runInPod: VirtualCluster['runInPod'] = (...args) => cluster.runInPod(...args);
  const namesOnHost = (kinds: string) => cluster.namesOnHost(kinds);

  async function createWebDeployment(): Promise<void> {
    const container = { name: 'web', image: images.agnhost, imagePullPolicy: 'IfNotPresent', args: ['netexec'] };
    const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 };
    const labels = { app: 'web' };
    await apply(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { terminationGracePeriodSeconds: 0, containers: [{ ...container, readinessProbe: probe }] },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
      },
    );
    await virtual('rollout', 'status', 'deployment/web', wait);
  }

  const clusterIpOf = async (service: string) =>
    await virtual('get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}');
  /** Asks the Deployment `web` through the host alone. */
  const echo = async (word: string) => {
    const service = cluster.translator.hostName('Service', 'default', 'web');
    return await host('get', '--raw', `/api/v1/namespaces/team/services/${service}:80/proxy/echo?msg=${word}`);
  };

  it('runs a Deployment whose Service a pod reaches by its ClusterIP', async () => {
    await createWebDeployment();
    const said = await runInPod('client', `wget -qO- http://${await clusterIpOf('web')}/echo?msg=hello`);
    expect(said).toBe('hello');
  });

  it('shows the nodes of the host, and the pods on them with their addresses', async () => {
    const fields = '{range .items[*]}{.spec.nodeName} {.status.podIP} {.status.hostIP}{"\\n"}{end}';
    const seen = await virtual('get', 'pods', '-l', 'app=web', '-o', `jsonpath=${fields}`);
    const onHost = await host('get', 'pods', '-l', 'k3v.io/cluster=default', '-o', `jsonpath=${fields}`);
    expect(seen.trim().split('\n').sort()).toEqual(onHost.trim().split('\n').sort());
    const nodes = await virtual('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}');
    for (const line of seen.trim().split('\n')) expect(nodes.split(' ')).toContain(line.split(' ')[0]);
  });

  it('mounts a ConfigMap and a Secret and puts them into the environment', async () => {
    await virtual('create', 'configmap', 'settings', '--from-literal=colour=green');
    await virtual('create', 'secret', 'generic', 'password', '--from-literal=word=sesame');
    const script = 'echo $COLOUR $WORD $(cat /settings/colour) $(cat /password/word)';
    const volumes = [
      { name: 'settings', configMap: { name: 'settings' } },
      { name: 'password', secret: { secretName: 'password' } },
    ];
    const env = [
      { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'password', key: 'word' } } },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
    const said = await runInPod('reader', script, { volumes }, { env, volumeMounts });
    expect(said.trim()).toBe('green sesame green sesame');
  });

  it('brings a changed ConfigMap to the volume of a running pod', async () => {
    await virtual('create', 'configmap', 'live', '--from-literal=value=old');
    const script = 'until [ "$(cat /live/value)" = new ]; do sleep 0.2; done; echo seen';
    const spec = { volumes: [{ name: 'live', configMap: { name: 'live' } }] };
    const running = runInPod('watcher', script, spec, { volumeMounts: [{ name: 'live', mountPath: '/live' }] });
    await virtual('wait', 'pod/watcher', '--for=jsonpath={.status.phase}=Running', wait).catch(() => undefined);
    await virtual('patch', 'configmap', 'live', '-p', '{"data":{"value":"new"}}');
    expect((await running).trim()).toBe('seen');
  });

  it('binds a claim to a volume that keeps what pods write, and removes it with the claim', async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'disk' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    });
    const spec = { volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }] };
    const container = { volumeMounts: [{ name: 'disk', mountPath: '/disk' }] };
    await runInPod('writer', 'echo kept > /disk/file', spec, container);
    expect((await runInPod('reader', 'cat /disk/file', spec, container)).trim()).toBe('kept');
    const bound = await virtual('get', 'pvc', 'disk', '-o', 'jsonpath={.status.phase} {.spec.volumeName}');
    const [phase, volume] = bound.split(' ');
    expect(phase).toBe('Bound');
    expect(await virtual('get', 'pv', '-o', 'name')).toContain(`persistentvolume/${volume}`);
    await virtual('delete', 'pvc', 'disk', wait);
    await eventually(async () => expect(await virtual('get', 'pv', '-o', 'name')).toBe(''), patience);
    await eventually(async () => expect(await namesOnHost('pvc')).toEqual([]), patience);
  });

  it('gives a pod of a StatefulSet its volume back, shows what scheduler and class say of it, and removes it with the StatefulSet', async () => {
    const labels = { app: 'db' };
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
    const command = ['sh', '-c', 'echo $HOSTNAME >> /disk/log; touch /scratch/file; sleep 36000'];
    const volumeMounts = ['disk', 'scratch'].map((name) => ({ name, mountPath: `/${name}` }));
    await apply({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        replicas: 1,
        serviceName: 'db',
        selector: { matchLabels: labels },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ ...busybox, name: 'main', command, volumeMounts }],
            volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: claim } } }],
          },
        },
        volumeClaimTemplates: [{ metadata: { name: 'disk' }, spec: claim }],
      },
    });
    const claims = async (kubectl: typeof virtual) =>
      (await kubectl('get', 'pvc', '-o', 'name')).split('\n').filter(Boolean).length;
    await virtual('rollout', 'status', 'statefulset/db', wait);
    expect([await claims(virtual), await claims(host)]).toEqual([2, 2]);
    const selected = String.raw`jsonpath={.metadata.annotations.volume\.kubernetes\.io/selected-node}`;
    expect(await virtual('get', 'pvc', 'disk-db-0', '-o', selected)).toBe(
      await virtual('get', 'pod', 'db-0', '-o', 'jsonpath={.spec.nodeName}'),
    );
    const policies = 'jsonpath={.items[*].spec.persistentVolumeReclaimPolicy}';
    expect(await virtual('get', 'pv', '-o', policies)).toBe('Delete Delete');

    await virtual('scale', 'statefulset/db', '--replicas=0');
    await eventually(async () => expect([await claims(virtual), await claims(host)]).toEqual([1, 1]), patience);
    await virtual('scale', 'statefulset/db', '--replicas=1');
    await virtual('rollout', 'status', 'statefulset/db', wait);
    expect(await virtual('exec', 'db-0', '--', 'cat', '/disk/log')).toBe('db-0\ndb-0');
    await virtual('delete', 'statefulset', 'db', wait);
    await eventually(async () => expect([await claims(virtual), await claims(host)]).toEqual([0, 0]), patience);
  });

  it('tells the host’s reason when a volume is not to grow, and goes on with a claim that a pod still uses', async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'used' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    });
    const containers = [{ ...busybox, name: 'main', command: ['sleep', '36000'], volumeMounts: [] }];
    const volumes = [{ name: 'disk', persistentVolumeClaim: { claimName: 'used' } }];
    const spec = { terminationGracePeriodSeconds: 0, containers, volumes };
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'user' }, spec });
    await virtual('wait', 'pod/user', '--for=condition=Ready', wait);
    const grown = JSON.stringify({ spec: { resources: { requests: { storage: '2Mi' } } } });
    await expect(virtual('patch', 'pvc', 'used', '-p', grown)).rejects.toThrow(
      /only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize/,
    );
    await virtual('delete', 'pvc', 'used', '--wait=false');
    const state = 'jsonpath={.status.phase} {.metadata.deletionTimestamp}';
    expect(await virtual('get', 'pvc', 'used', '-o', state)).toMatch(/^Bound \S+$/);
    expect(await namesOnHost('pvc')).toHaveLength(1);
    await virtual('delete', 'pod', 'user');
    await eventually(async () => expect(await namesOnHost('pvc')).toEqual([]), patience);
    expect(await virtual('get', 'pvc', '-o', 'name')).toBe('');
  });

  it('leads a Service without selector to the address in its Endpoints', async () => {
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const subsets = [{ addresses: [{ ip: cluster.testHost.machineAddress }], ports: [{ port }] }];
    await apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'outside' },
        spec: { ports: [{ port: 80, targetPort: port }] },
      },
      { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'outside' }, subsets },
    );
    const url = `http://${await clusterIpOf('outside')}/`;
    const script = `until wget -qO- ${url}; do sleep 0.5; done`;
    expect(await runInPod('to-outside', script)).toContain('from the machine');
  });

  it('lets pods reach their own API server', async () => {
    await virtual('create', 'namespace', 'only-virtual');
    const account = '--serviceaccount=default:default';
    await virtual('create', 'rolebinding', 'reader', '--clusterrole=view', account, '-n', 'only-virtual');
    const token = await virtual('create', 'token', 'default');
    const server = 'https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT';
    const flags = `--server=${server} --certificate-authority=/trusted/ca.crt --token=${token}`;
    const said = await runInPod(
      'caller',
      `kubectl ${flags} get configmaps -n only-virtual -o name`,
      { volumes: [{ name: 'trusted', configMap: { name: 'kube-root-ca.crt' } }] },
      { image: images.kubectl, volumeMounts: [{ name: 'trusted', mountPath: '/trusted' }] },
    );
    expect(said.trim()).toBe('configmap/kube-root-ca.crt');
  });

  it('completes a Job', async () => {
    const template = {
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', ...busybox, command: ['sh', '-c', 'echo done'] }] },
    };
    const spec = { completions: 3, parallelism: 2, template };
    await apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'sums' }, spec });
    await virtual('wait', 'job/sums', '--for=condition=Complete', wait);
    expect(await virtual('get', 'job', 'sums', '-o', 'jsonpath={.status.succeeded}')).toBe('3');
    await virtual('delete', 'job', 'sums');
    await eventually(async () => expect(await virtual('get', 'pods', '-l', 'job-name=sums', '-o', 'name')).toBe(''));
  });

  it('restarts what a liveness probe finds dead, and says so', async () => {
    const livenessProbe = { exec: { command: ['test', '-e', '/tmp/alive'] }, periodSeconds: 1, failureThreshold: 1 };
    const command = ['sh', '-c', 'touch /tmp/alive; sleep 3; rm /tmp/alive; sleep 600'];
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'sick' },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', ...busybox, command, livenessProbe }],
      },
    });
    const restarts = 'jsonpath={.status.containerStatuses[0].restartCount}';
    await eventually(
      async () => expect(Number(await virtual('get', 'pod', 'sick', '-o', restarts))).toBeGreaterThan(0),
      patience,
    );
    await virtual('delete', 'pod', 'sick');
  });

  it('resizes a running container in place', async () => {
    const resources = { requests: { cpu: '50m', memory: '20Mi' }, limits: { cpu: '100m', memory: '40Mi' } };
    const containers = [{ ...busybox, name: 'main', command: ['sleep', '36000'], resources }];
    const spec = { terminationGracePeriodSeconds: 0, containers };
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'elastic' }, spec });
    await virtual('wait', 'pod/elastic', '--for=condition=Ready', wait);
    const patch = { spec: { containers: [{ name: 'main', resources: { limits: { cpu: '150m' } } }] } };
    await virtual('patch', 'pod', 'elastic', '--subresource=resize', '-p', JSON.stringify(patch));
    const status = '{.status.containerStatuses[0].resources.limits.cpu} {.status.containerStatuses[0].restartCount}';
    await eventually(
      async () => expect(await virtual('get', 'pod', 'elastic', '-o', `jsonpath=${status}`)).toBe('150m 0'),
      patience,
    );
    await virtual('delete', 'pod', 'elastic');
  });

  it('keeps pods and Services going while it is down', async () => {
    const pods = await namesOnHost('pods');
    const whileDown: unknown[] = [];
    const code = await cluster.restart('SIGINT', async () => {
      whileDown.push(await echo('still'), await namesOnHost('pods'));
    });
    expect(code).toBe(0);
    expect(whileDown).toEqual(['still', pods]);
    expect(await echo('still')).toBe('still');
    expect(await namesOnHost('pods')).toEqual(pods);
  });

  it('converges after kill -9 in mid-rollout with nothing doubled or lost', async () => {
    await virtual('set', 'env', 'deployment/web', 'ROUND=2');
    await virtual('scale', 'deployment/web', '--replicas=6');
    await cluster.restart('SIGKILL');
    await virtual('rollout', 'status', 'deployment/web', wait);
    await eventually(async () => {
      const seen = (await virtual('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n').filter(Boolean);
      expect(seen).toHaveLength(6);
      expect(await namesOnHost('pods')).toHaveLength(6);
    }, patience);
    expect(await echo('again')).toBe('again');
  });

  it('empties the host of a deleted namespace, real pods and volumes included', async () => {
    await virtual('create', 'namespace', 'shop');
    await virtual('-n', 'shop', 'create', 'configmap', 'notes', '--from-literal=a=1');
    const container = { ...busybox, name: 'main', command: ['sleep', '600'] };
    const volumes = [{ name: 'notes', configMap: { name: 'notes' } }];
    const mounted = { ...container, volumeMounts: [{ name: 'notes', mountPath: '/notes' }] };
    await apply(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'shop', namespace: 'shop', labels: { app: 'shop' } },
        spec: { terminationGracePeriodSeconds: 1, containers: [mounted], volumes },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'shop', namespace: 'shop' },
        spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] },
      },
    );
    await virtual('-n', 'shop', 'wait', 'pod/shop', '--for=condition=Ready', wait);
    const kinds = 'pods,services,endpoints,configmaps,secrets,pvc';
    const shop = ['-l', 'k3v.io/cluster=default,k3v.io/namespace=shop'];
    expect((await host('get', kinds, ...shop, '-o', 'name')).split('\n').length).toBeGreaterThanOrEqual(3);
    await virtual('delete', 'namespace', 'shop', wait);
    await eventually(async () => expect(await host('get', kinds, ...shop, '-o', 'name')).toBe(''), patience);
  });

  it('leaves nothing but its own marks on the host when the tenant deletes everything', async () => {
    await virtual('delete', 'deployments,services,configmaps,secrets,pods,pvc', '--all', '-n', 'default', wait);
    await eventually(async () => {
      const left = await namesOnHost('pods,pvc,secrets,services');
      expect(left.filter((name) => !name.includes('/kubernetes-default-'))).toEqual([]);
    }, patience);
  });
});
