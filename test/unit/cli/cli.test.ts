import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { flags } from '../../../src/cli/flags.ts';

const parse = (line: string, env: Record<string, string> = {}) => parseCommand(line.split(' ').filter(Boolean), env);

describe('a command line', () => {
  test('without anything runs k3v with its defaults', async () => {
    expect(await parse('')).toEqual({
      name: 'run',
      config: {
        kubeconfig: undefined,
        context: undefined,
        namespace: undefined,
        host: 'auto',
        hostNetwork: 'auto',
        nodes: 'auto',
        id: 'default',
        listenPort: 7443,
        dataDir: './k3v-data',
        writeKubeconfig: './kubeconfig.yaml',
        distro: 'auto',
        k3sBinary: undefined,
        kubernetesVersion: undefined,
        advertiseAddress: undefined,
        tlsSans: [],
        serviceCidr: undefined,
        clusterDomain: 'cluster.local',
        disable: [],
        corednsImage: 'registry.k8s.io/coredns/coredns:v1.14.2',
        corednsReplicas: 1,
        sync: [],
        syncRules: undefined,
        logFormat: 'auto',
        debug: false,
      },
    });
  });

  test.each([
    ['--kubeconfig h.yaml --context c --namespace team-a', { kubeconfig: 'h.yaml', context: 'c', namespace: 'team-a' }],
    ['--host=embedded --debug', { host: 'embedded', debug: true }],
    ['--id blue --listen-port 7444 --data-dir /d', { id: 'blue', listenPort: 7444, dataDir: '/d' }],
    ['--write-kubeconfig k --distro k3s --k3s-binary b', { writeKubeconfig: 'k', distro: 'k3s', k3sBinary: 'b' }],
    [
      '--advertise-address fd00::1 --service-cidr fd00::/112,10.0.0.0/16',
      { advertiseAddress: 'fd00::1', serviceCidr: 'fd00::/112,10.0.0.0/16' },
    ],
    ['--disable coredns', { disable: ['coredns'] }],
    ['--coredns-image mirror/coredns:1 --coredns-replicas 2', { corednsImage: 'mirror/coredns:1', corednsReplicas: 2 }],
    ['--tls-san a --tls-san b,c', { tlsSans: ['a', 'b', 'c'] }],
    ['--sync configmaps=all,secrets=all', { sync: ['configmaps=all', 'secrets=all'] }],
    ['--sync configmaps=all --sync secrets=all', { sync: ['configmaps=all', 'secrets=all'] }],
    ['--id 007', { id: '007' }],
    ['--log-format json', { logFormat: 'json' }],
  ])('%s sets what it says', async (line, config) => {
    expect(await parse(line)).toMatchObject({ name: 'run', config });
  });

  test.each([
    ['run', { name: 'run' }],
    ['version', { name: 'version' }],
    ['--version', { name: 'version' }],
    ['status --data-dir /d', { name: 'status', json: false, config: { dataDir: '/d' } }],
    ['status -o json', { name: 'status', json: true }],
    ['status --output json', { name: 'status', json: true }],
    ['snapshot save', { name: 'snapshot', action: { do: 'save', target: undefined } }],
    ['snapshot save a --data-dir /d', { action: { do: 'save', target: 'a' }, config: { dataDir: '/d' } }],
    ['snapshot restore a', { action: { do: 'restore', source: 'a', anyId: false } }],
    ['snapshot restore ./a.tar.gz --any-id', { action: { do: 'restore', source: './a.tar.gz', anyId: true } }],
    ['snapshot list', { action: { do: 'list', json: false } }],
    ['snapshot list -o json', { action: { do: 'list', json: true } }],
    ['snapshot --help', { name: 'help', text: expect.stringContaining('snapshot restore <name or file>') }],
    ['help snapshot', { name: 'help', text: expect.stringContaining('--any-id') }],
    ['host-role --namespace a', { name: 'host-role', config: { namespace: 'a' }, extra: [] }],
    ['host-role --with nodes,storageclasses', { name: 'host-role', extra: ['nodes', 'storageclasses'] }],
    ['host-role --with nodes --with storageclasses', { name: 'host-role', extra: ['nodes', 'storageclasses'] }],
  ])('%s is understood', async (line, command) => expect(await parse(line)).toMatchObject(command));

  test.each(['help', '--help', '-h', 'status --help'])('%s shows every flag', async (line) => {
    const command = await parse(line);
    expect(command.name).toBe('help');
    const text = command.name === 'help' ? command.text : '';
    for (const name of Object.keys(flags)) expect(text).toContain(`--${name}`);
  });

  test('asked for help tells how to set flags without a command line', async () => {
    expect(await parse('help')).toMatchObject({ text: expect.stringMatching(/K3V_LISTEN_PORT.*--config/s) });
  });
});

describe('a command line that makes no sense', () => {
  test.each([
    ['--listenport 1', 'unknown flag --listenport', 'Did you mean --listen-port?'],
    ['--kubecfg x', 'unknown flag --kubecfg', 'Did you mean --kubeconfig?'],
    ['--zzzzzz', 'unknown flag --zzzzzz', 'See k3v --help.'],
    ['-x', 'unknown flag -x', 'See k3v --help.'],
    ['statsu', 'unknown command statsu', 'Did you mean status?'],
    ['snapshto list', 'unknown command snapshto', 'Did you mean snapshot?'],
    ['snapshot lst', 'unknown snapshot command lst', 'Did you mean list?'],
    ['snapshot save a b', 'unknown argument b', 'See k3v --help.'],
    ['snapshot list a', 'unknown argument a', 'See k3v --help.'],
    ['status now', 'unknown argument now', 'See k3v --help.'],
  ])('%s: %s. %s', async (line, message, hint) => {
    await expect(parse(line)).rejects.toMatchObject({ name: 'K3vError', code: 'FLAG_UNKNOWN', message, hint });
  });

  test.each([
    ['--listen-port 70000', '--listen-port is "70000"'],
    ['--listen-port 0x10', '--listen-port is "0x10"'],
    ['--listen-port -1', '--listen-port is "-1"'],
    ['--listen-port', '--listen-port has no value'],
    ['--namespace', '--namespace has no value'],
    ['--namespace= --id a', '--namespace has no value'],
    ['--namespace Team_A', '--namespace is "Team_A"'],
    ['--namespace a --namespace b', '--namespace is given more than once'],
    ['--id -a', '--id has no value'],
    [`--id ${'a'.repeat(41)}`, `--id is "${'a'.repeat(41)}"`],
    ['--distro k8s', '--distro is "k8s"'],
    ['--host kind', '--host is "kind"'],
    ['--log-format yaml', '--log-format is "yaml"'],
    ['--service-cidr 10.96.0.0', '--service-cidr is "10.96.0.0"'],
    ['--service-cidr 10.96.0.0/33', '--service-cidr is "10.96.0.0/33"'],
    ['--service-cidr 10.0.0.0/16,', '--service-cidr is "10.0.0.0/16,"'],
    ['--service-cidr 10.96.0.999/16', '--service-cidr is "10.96.0.999/16"'],
    ['--advertise-address host.example', '--advertise-address is "host.example"'],
    ['--cluster-domain a..b', '--cluster-domain is "a..b"'],
    ['snapshot', 'k3v snapshot needs one of save, restore, list'],
    ['snapshot restore', 'k3v snapshot restore needs the name or the file of a snapshot'],
    ['--tls-san', 'Not enough arguments following: tls-san'],
    ['status -o yaml', 'Invalid values: Argument: output, Given: "yaml", Choices: "text", "json"'],
  ])('%s: %s', async (line, message) => {
    await expect(parse(line)).rejects.toMatchObject({ name: 'K3vError', code: 'FLAG_INVALID', message });
  });
});
