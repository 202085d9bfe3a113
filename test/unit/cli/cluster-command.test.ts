import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';

const parse = async (line: string, env: Record<string, string> = {}) =>
  await parseCommand(line.split(' ').filter(Boolean), env);
const target = (name: string, namespace = `k3k-${name}`) => ({ name, namespace });
const specOf = async (line: string) => {
  const command = await parse(`cluster create a ${line}`);
  return command.name === 'cluster' && command.wish.do === 'create' ? command.wish.fields.spec : undefined;
};

describe('k3v cluster', () => {
  test.each([
    ['get a', { do: 'get', target: target('a'), as: 'text' }],
    ['get --name a -o yaml', { do: 'get', target: target('a'), as: 'yaml' }],
    ['get b/a', { target: target('a', 'b') }],
    ['get a -n b', { target: target('a', 'b') }],
    ['get b/a -n b', { target: target('a', 'b') }],
    ['list', { do: 'list', namespace: undefined, as: 'text' }],
    ['list -n b -o json', { namespace: 'b', as: 'json' }],
    ['delete a', { do: 'delete', what: target('a'), keepData: false, yes: false, waitSeconds: 180 }],
    ['delete -A -n b -y --keep-data', { what: { allIn: 'b' }, keepData: true, yes: true }],
    ['kubeconfig a', { do: 'kubeconfig', target: target('a'), server: undefined, to: undefined }],
    ['kubeconfig a --to a.yaml', { to: 'a.yaml', merge: false, user: undefined }],
    ['kubeconfig a --merge', { to: undefined, merge: true, use: false }],
    ['kubeconfig a --merge --use-context --to a.yaml', { to: 'a.yaml', merge: true, use: true }],
    ['kubeconfig a --user ci --group b,c', { user: { name: 'ci', groups: ['b', 'c'], seconds: 86_400 } }],
    ['kubeconfig a --user ci --expires 8h', { user: { name: 'ci', groups: [], seconds: 28_800 } }],
    ['create a --merge', { do: 'create', to: undefined, merge: true, use: false }],
    ['update a --version v1.36 --no-confirm', { yes: true }],
    ['kubeconfig a --kubeconfig-server k3k.example', { server: 'https://k3k.example' }],
    ['kubeconfig a --kubeconfig-server https://k3k.example:6443/', { server: 'https://k3k.example:6443' }],
    ['pause a --no-wait', { do: 'pause', target: target('a'), waitSeconds: undefined }],
    ['resume a --timeout 30s', { do: 'resume', target: target('a'), waitSeconds: 30 }],
    ['connect a', { do: 'connect', target: target('a'), port: 0, to: 'a-connect.yaml', command: undefined }],
    ['connect a --port 6443 -- ls -l', { port: 6443, command: ['ls', '-l'] }],
    ['update a --version v1.36 -y', { do: 'update', fields: { spec: { version: 'v1.36' } }, yes: true }],
    ['update a --labels a=b', { fields: { spec: {}, labels: { a: 'b' } }, yes: false }],
  ])('%s is understood', async (line, wish) => {
    expect(await parse(`cluster ${line}`)).toMatchObject({ name: 'cluster', wish });
  });

  test('create needs no more than a name, and is exposed as K3K does it', async () => {
    expect(await parse('cluster create --name example-cluster --token test')).toMatchObject({
      wish: {
        do: 'create',
        target: target('example-cluster'),
        fields: { spec: { expose: { nodePort: {} } } },
        token: 'test',
        policy: undefined,
        certsFolder: undefined,
        server: undefined,
        to: 'example-cluster-kubeconfig.yaml',
        waitSeconds: 180,
      },
    });
    expect(await specOf('')).toEqual({ expose: { nodePort: {} } });
  });

  test('create takes all that K3K takes', async () => {
    const line =
      '--mode virtual --servers 3 --agents 2 --cluster-cidr 10.60.0.0/16 --service-cidr 10.61.0.0/16 --persistence-type dynamic ' +
      '--storage-class-name fast --storage-request-size 5G --server-args --disable=a,b,--tls-san=c --agent-args=--x --server-envs A=b=c,d,E=f --agent-envs G=h ' +
      '--tls-sans a.example,192.0.2.1 --tls-sans b.example --version v1.36.3-k3s1 --expose loadbalancer --expose-port 6443 --mirror-host-nodes=false ' +
      '--sync ingresses,storageclasses=false';
    expect(await specOf(line)).toEqual({
      mode: 'virtual',
      servers: 3,
      agents: 2,
      clusterCIDR: '10.60.0.0/16',
      serviceCIDR: '10.61.0.0/16',
      persistence: { type: 'dynamic', storageClassName: 'fast', storageRequestSize: '5G' },
      serverArgs: ['--disable=a,b', '--tls-san=c'],
      agentArgs: ['--x'],
      serverEnvs: [
        { name: 'A', value: 'b=c,d' },
        { name: 'E', value: 'f' },
      ],
      agentEnvs: [{ name: 'G', value: 'h' }],
      tlsSANs: ['a.example', '192.0.2.1', 'b.example'],
      version: 'v1.36.3-k3s1',
      expose: { loadBalancer: { serverPort: 6443 } },
      mirrorHostNodes: false,
      sync: { ingresses: { enabled: true }, storageClasses: { enabled: false } },
    });
    expect(await specOf('--expose ingress --ingress-class nginx')).toEqual({
      expose: { ingress: { ingressClassName: 'nginx' } },
    });
    expect(await specOf('--expose none')).toEqual({ expose: {} });
  });

  test('heeds the flags of the host, and their variables', async () => {
    expect(await parse('cluster list --kubeconfig h.yaml', { K3V_CONTEXT: 'c' })).toMatchObject({
      config: { kubeconfig: 'h.yaml', context: 'c' },
    });
  });

  test.each([
    ['get', 'k3v cluster get needs the name of a cluster'],
    ['get a --name b', 'two clusters are named: a, and b by --name'],
    ['get b/a -n c', 'two namespaces are named: b, and c by --namespace'],
    ['get A', 'the name of the cluster is "A"'],
    ['get a -n B', '--namespace is "B"'],
    ['get a/b/c', 'the name of the cluster is "a/b/c"'],
    ['create a.b', 'the name of the cluster is "a.b"'],
    [`create ${'a'.repeat(41)}`, `the name of the cluster is "${'a'.repeat(41)}"`],
    ['create a --servers three', '--servers is "three"'],
    ['create a --server-envs A', '--server-envs is "A"'],
    ['create a --timeout soon', '--timeout is "soon"'],
    ['create a --sync pods', '--sync is "pods"'],
    ['create a --expose-port 443 --expose none', '--expose-port is "443"'],
    ['create a --ingress-class nginx', '--ingress-class is "nginx"'],
    ['create a --kubeconfig-server http://a', '--kubeconfig-server is "http://a"'],
    ['kubeconfig a --use-context', '--use-context goes with --merge'],
    ['kubeconfig a --group b', '--group goes with --user'],
    ['kubeconfig a --expiration-days 3', '--expiration-days goes with --user'],
    ['kubeconfig a --user ci --expires 5m', '--expires is "5m"'],
    ['kubeconfig a --user ci --expiration-days 366', '--expiration-days is "366"'],
    ['kubeconfig a --user ci --expires 8h --expiration-days 3', 'both --expires and --expiration-days are given'],
    ['update a', 'k3v cluster update is not told what to change'],
    ['delete a --all -n b', '--all goes with --namespace, and with no name'],
    ['delete --all', '--all goes with --namespace, and with no name'],
    ['connect a --port 70000', '--port is "70000"'],
    ['connect a --', 'k3v cluster connect has no command after --'],
  ])('%s: %s', async (line, message) => {
    await expect(parse(`cluster ${line}`)).rejects.toMatchObject({ code: 'FLAG_INVALID', message });
  });
});

describe("K3K's words", () => {
  test("kubeconfig generate is cluster kubeconfig, with K3K's flags", async () => {
    const line = 'kubeconfig generate --name a -n b --cn ci --org x --org y --expiration-days 30 --config-name ci.yaml';
    expect(await parse(line)).toMatchObject({
      name: 'cluster',
      wish: {
        do: 'kubeconfig',
        target: target('a', 'b'),
        user: { name: 'ci', groups: ['x', 'y'], seconds: 30 * 86_400 },
        to: 'ci.yaml',
      },
    });
    await expect(parse('kubeconfig generate a --altNames x.example')).rejects.toMatchObject({
      code: 'FLAG_UNKNOWN',
      message: 'unknown flag --altNames',
      hint: expect.stringContaining('--tls-sans'),
    });
  });

  test('a flag may be a variable of the environment, and wins over it', async () => {
    const env = {
      K3K_SERVERS: '3',
      K3K_MODE: 'virtual',
      K3K_TLS_SANS: 'a.example,b.example',
      K3K_MIRROR_HOST_NODES: '1',
      K3K_TIMEOUT: '30s',
      K3K_TOKEN: '',
      K3K_KUBECONFIG: 'host.yaml',
      K3V_KUBECONFIG: 'other.yaml',
      K3K_PORT: 'tcp://10.96.0.7:443',
      K3K_NOBODY_KNOWS: 'x',
    };
    expect(await parse('cluster create a --mode shared', env)).toMatchObject({
      wish: {
        fields: { spec: { servers: 3, mode: 'shared', tlsSANs: ['a.example', 'b.example'], mirrorHostNodes: true } },
        waitSeconds: 30,
        token: undefined,
      },
      config: { kubeconfig: 'host.yaml' },
    });
    expect(await parse('cluster connect a', env)).toMatchObject({ wish: { port: 0 } });
    expect(await parse('cluster update a --version v1.36', { K3K_NO_CONFIRM: 'true' })).toMatchObject({
      wish: { yes: true },
    });
    expect(await parse('policy create p', { K3K_NAMESPACE: 'a,b' })).toMatchObject({
      wish: { namespaces: ['a', 'b'] },
    });
    expect(await parse('kubeconfig --user ci', { K3K_CN: 'other' })).toMatchObject({
      name: 'kubeconfig',
      wish: { who: { user: 'ci' } },
    });
  });

  test.each([
    ['create a', { K3K_MODE: 'hcp' }, 'K3K_MODE is "hcp"', 'It must be one of shared, virtual.'],
    ['create a', { K3K_WAIT: 'yes' }, 'K3K_WAIT is "yes"', 'It must be true or false.'],
    ['create a', { K3K_SERVERS: 'x' }, '--servers is "x"', /In the environment K3K_SERVERS is set\.$/],
    ['get b/a', { K3K_NAMESPACE: 'c' }, 'two namespaces are named: b, and c by --namespace', /K3K_NAMESPACE is set\.$/],
  ])('cluster %s with %j: %s', async (line, env, message, hint) => {
    await expect(parse(`cluster ${line}`, env)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message,
      hint: expect.stringMatching(hint),
    });
  });
});

describe('k3v policy', () => {
  test.each([
    ['create teams', { do: 'create', name: 'teams', mode: undefined, namespaces: [], overwrite: false }],
    ['create teams --mode virtual -n a,b --overwrite', { mode: 'virtual', namespaces: ['a', 'b'], overwrite: true }],
    ['list -o name', { do: 'list', as: 'name' }],
    ['get teams', { do: 'get', name: 'teams', as: 'text' }],
    ['delete teams -y', { do: 'delete', name: 'teams', yes: true }],
  ])('%s is understood', async (line, wish) => {
    expect(await parse(`policy ${line}`)).toMatchObject({ name: 'policy', wish });
  });

  test.each([
    ['create', 'k3v policy create needs the name of a policy'],
    ['get A', 'the name of the policy is "A"'],
  ])('%s: %s', async (line, message) => {
    await expect(parse(`policy ${line}`)).rejects.toMatchObject({ code: 'FLAG_INVALID', message });
  });
});
