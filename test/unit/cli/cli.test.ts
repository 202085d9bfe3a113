import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { commands, mainEntry } from '../../../src/cli/commands.ts';
import { flags } from '../../../src/cli/flags.ts';

const helpFor = async (line: string) => {
  const command = await parse(line);
  return command.name === 'help' ? command.text : '';
};
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
        datastore: { kind: 'sqlite' },
        replicas: 1,
        writeKubeconfig: './kubeconfig.yaml',
        distro: 'auto',
        k3sBinary: undefined,
        kubernetesVersion: undefined,
        advertiseAddress: undefined,
        tlsSans: [],
        serviceCidr: undefined,
        clusterDomain: 'cluster.local',
        takeOverId: false,
        secretsEncryption: true,
        audit: undefined,
        isolation: 'baseline',
        disable: [],
        corednsImage: 'registry.k8s.io/coredns/coredns:v1.14.2',
        corednsReplicas: 1,
        sync: [],
        manifests: [],
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
    ['--take-over-id', { takeOverId: true }],
    ['--no-secrets-encryption', { secretsEncryption: false }],
    ['--secrets-encryption=false', { secretsEncryption: false }],
    ['--audit-log --audit-log-maxbackup 3', { audit: expect.objectContaining({ maxBackups: 3 }) }],
    ['--no-audit-log', { audit: undefined }],
  ])('%s sets what it says', async (line, config) => {
    expect(await parse(line)).toMatchObject({ name: 'run', config });
  });

  test.each([
    ['run', { name: 'run' }],
    ['version', { name: 'version' }],
    ['--version', { name: 'version' }],
    ['licenses', { name: 'licenses' }],
    ['completion zsh', { name: 'completion', shell: 'zsh' }],
    ['status --data-dir /d', { name: 'status', wish: { json: false, watch: false }, config: { dataDir: '/d' } }],
    ['status -o json', { name: 'status', wish: { json: true, watch: false } }],
    ['status --output json --watch', { name: 'status', wish: { json: true, watch: true } }],
    ['status -w', { name: 'status', wish: { json: false, watch: true } }],
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

  test.each(['help', '--help', '-h', 'help nope'])('%s shows every flag', async (line) => {
    const command = await parse(line);
    expect(command.name).toBe('help');
    const text = command.name === 'help' ? command.text : '';
    for (const name of Object.keys(flags)) expect(text).toContain(`--${name}`);
  });

  test.each(Object.keys(commands).filter((name) => name !== 'help'))(
    '%s --help shows that command, and what it heeds',
    async (name) => {
      const text = await helpFor(`${name} --help`);
      const {
        summary,
        own = [],
        heeds,
        examples,
        subcommands = {},
        commands: below = {},
      } = commands[name] ?? mainEntry;
      expect(text.split('\n')[0]).toMatch(new RegExp(`^k3v ${name}`));
      expect(text === (await helpFor('--help'))).toBe(false);
      for (const flag of [...own, ...heeds]) expect(text).toContain(`  --${flag}`);
      for (const [line] of examples) expect(text).toContain(`\n  ${line}\n`);
      for (const subcommand of Object.keys({ ...subcommands, ...below }))
        expect(text).toMatch(new RegExp(`^  ${subcommand} `, 'm'));
      expect(await helpFor('--help')).toContain(` ${summary}`);
      expect(await helpFor(`help ${name}`)).toBe(text);
    },
  );

  test.each(Object.entries({ run: mainEntry, ...commands }))(
    'the examples in the help of %s are command lines that k3v takes',
    async (name, { examples }) => {
      const lines = examples
        .map(([line]) => line.split(/ [|>] /)[0] ?? '')
        .filter((line) => !line.startsWith('kubectl '));
      const parsed = await Promise.all(lines.map(async (line) => await parse(line.replace(/^k3v/, ''))));
      expect(parsed.length).toBeGreaterThan(0);
      expect(new Set(parsed.map((command) => command.name))).toEqual(new Set([name]));
    },
  );

  test('marks the headings of a help where it may, and nothing else', async () => {
    const bold = (text: string) => `*${text}*`;
    const command = await parseCommand(['status', '--help'], {}, { bold });
    const text = 'text' in command ? command.text : '';
    expect([...text.matchAll(/\*(.+?)\*/g)].map(([, title]) => title)).toEqual([
      'Flags:',
      'Flags, as for k3v itself:',
      'Examples:',
      'Exit codes:',
    ]);
    expect(text.replaceAll('*', '')).toBe(await helpFor('status --help'));
  });

  test('no line of a help is longer than 120 columns', async () => {
    const helps = await Promise.all(
      ['', ...Object.keys(commands)].map(async (name) => await helpFor(`${name} --help`)),
    );
    expect(helps.flatMap((text) => text.split('\n')).filter((line) => line.length > 120)).toEqual([]);
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
    ['completion bsh', 'unknown completion command bsh', 'Did you mean bash?'],
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
    ['completion', 'k3v completion needs one of bash, zsh, fish, powershell'],
    ['snapshot restore', 'k3v snapshot restore needs the name or the file of a snapshot'],
    ['--tls-san', 'Not enough arguments following: tls-san'],
    ['status -o yaml', '--output is "yaml"'],
    ['--secrets-encryption=yes', '--secrets-encryption is "yes"'],
    ['--audit-log=1', '--audit-log is "1"'],
    ['snapshot restore a --any-id=on', '--any-id is "on"'],
  ])('%s: %s', async (line, message) => {
    await expect(parse(line)).rejects.toMatchObject({ name: 'K3vError', code: 'FLAG_INVALID', message });
  });
});
