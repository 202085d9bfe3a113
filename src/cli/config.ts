import { isIP } from 'node:net';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Datastore } from '../datastore/datastore.ts';
import { K3vError } from '../errors.ts';
import { type KubernetesMinor, kubernetesMinors } from '../kubernetes-minors.ts';
import { auditOf } from './audit-flags.ts';
import { choices } from './choices.ts';
import { datastoreOf } from './datastore-flags.ts';
import { dnsName } from './dns-name.ts';
import { type FlagName, type FlagValue, flags, variableOf } from './flags.ts';
import type { Isolation } from '../isolations.ts';
import { nearest } from '../nearest.ts';
import type { ContainerDefaults } from '../quota/container-defaults.ts';
import type { Amounts } from '../quota/quota.ts';
import type { PodRules } from '../pod-rules/pod-rules.ts';
import { podRulesOf } from './pod-flags.ts';
import { quotaOf } from './quota-flags.ts';
import { readYamlFile } from './read-yaml-file.ts';
import { type Picked, isGiven } from './picked.ts';
import { kubeconfigSecretOf } from './kubeconfig-secret-flags.ts';
import { type ListenAddress, listenAddressOf } from './listen-address.ts';

/** What the main command runs with. */
export interface Config {
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
  host: Choice<'host'>;
  hostNetwork: Choice<'hostNetwork'>;
  nodes: Choice<'nodes'>;
  id: string;
  /** Whether another virtual cluster that has the id loses it. */
  takeOverId: boolean;
  listenPort: number;
  dataDir: string;
  /** Authorities of the operator's. */
  caDir: string | undefined;
  writeKubeconfig: string;
  /** Of the host namespace. */
  kubeconfigSecret: { name: string; server: string | undefined } | undefined;
  /** How many k3v may run on one datastore. */
  replicas: number;
  datastore: Datastore;
  distro: Choice<'distro'>;
  k3sBinary: string | undefined;
  kubernetesVersion: KubernetesMinor | undefined;
  advertiseAddress: string | undefined;
  tlsSans: string[];
  serviceCidr: string | undefined;
  clusterDomain: string;
  secretsEncryption: boolean;
  audit: AuditLog | undefined;
  isolation: Isolation;
  quota: Amounts | undefined;
  containerDefaults: ContainerDefaults | undefined;
  podRules: PodRules | undefined;
  /** What is left out. */
  disable: Choice<'disable'>[];
  corednsImage: string;
  corednsReplicas: number;
  /** Which kinds cross; the words are the syncer's. */
  sync: string[];
  /** How custom resources cross, as it stands in a file. */
  syncRules: { path: string; content: unknown } | undefined;
  /** Files and folders. */
  manifests: string[];
  logFormat: Choice<'logFormat'>;
  /** Where figures about k3v itself are served; undefined: nowhere. */
  metricsAddress: ListenAddress | undefined;
  debug: boolean;
}

type Choice<Name extends keyof typeof choices> = (typeof choices)[Name][number];

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * Returns the configuration: a flag wins over its environment variable, that over the `--config` file, that over the default.
 * Throws FLAG_INVALID, CONFIG_FILE_BROKEN, AUDIT_POLICY_BROKEN or SYNC_RULES_BROKEN.
 */
export function readConfig(given: Partial<Record<FlagName, unknown>>, env: Record<string, string | undefined>): Config {
  const pick = (name: FlagName, file: Record<string, unknown>): Picked => {
    if (given[name] !== undefined) return { value: given[name], from: `--${name}` };
    for (const variable of [variableOf(name), ...(flags[name].oldEnv ?? [])]) {
      if (env[variable]) return { value: env[variable], from: variable };
    }
    // A key without a value says nothing.
    const set = file[name] ?? undefined;
    if (set !== undefined) return { value: set, from: `"${name}" in the --config file` };
    return { value: flags[name].default, from: 'default' };
  };
  const path = pick('config', {}).value;
  const file = typeof path === 'string' ? readConfigFile(path) : {};
  const text = (name: FlagName) => {
    const { value, from } = pick(name, file);
    if (typeof value === 'object' && value !== null) return invalid(from, value, 'one value');
    return value === undefined || value === null || value === '' ? undefined : String(value as FlagValue);
  };
  const list = (name: FlagName) => {
    const { value, from } = pick(name, file);
    const items: unknown[] = Array.isArray(value) ? value : [value ?? ''];
    if (items.some((item) => typeof item === 'object')) return invalid(from, value, 'a list of words');
    return items.flatMap((item) => String(item).split(',')).filter((item) => item !== '');
  };
  const oneOf = <T extends string>(name: FlagName, choices: readonly T[]): T => {
    const { value, from } = pick(name, file);
    const found = choices.find((choice) => choice === value);
    return found ?? invalid(from, value, `one of ${choices.join(', ')}`);
  };
  const checked = (name: FlagName, isRight: (text: string) => boolean, wanted: string) => {
    const { value, from } = pick(name, file);
    const found = text(name);
    return found === undefined || isRight(found) ? found : invalid(from, value, wanted);
  };
  // YAML takes 1.34 for a number.
  const kubernetesVersion = checked('kubernetes-version', isKubernetesMinor, `one of ${kubernetesMinors.join(', ')}`);
  const matches = (pattern: RegExp) => (found: string) => pattern.test(found);
  const id = checked('id', matches(dnsLabel), 'at most 40 of a-z, 0-9 and -') ?? 'default';
  const datastore = datastoreOf(
    {
      endpoint: pick('datastore-endpoint', file),
      cafile: pick('datastore-cafile', file),
      certfile: pick('datastore-certfile', file),
      keyfile: pick('datastore-keyfile', file),
    },
    id,
  );
  const dataDir = text('data-dir') ?? './k3v-data';
  const auditLog = pick('audit-log', file);
  return {
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    namespace: checked('namespace', matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/), 'the name of a namespace'),
    host: oneOf('host', choices.host),
    hostNetwork: oneOf('host-network', choices.hostNetwork),
    nodes: oneOf('nodes', choices.nodes),
    id,
    takeOverId: booleanOf(pick('take-over-id', file)),
    listenPort: portOf(pick('listen-port', file)),
    dataDir,
    caDir: text('ca-dir'),
    writeKubeconfig: text('write-kubeconfig') ?? './kubeconfig.yaml',
    kubeconfigSecret: kubeconfigSecretOf(pick('write-kubeconfig-secret', file), pick('kubeconfig-secret-server', file)),
    replicas: replicasOn(datastore, pick('replicas', file)),
    datastore,
    distro: oneOf('distro', choices.distro),
    k3sBinary: text('k3s-binary'),
    kubernetesVersion: kubernetesMinors.find((minor) => minor === kubernetesVersion),
    advertiseAddress: checked('advertise-address', (found) => isIP(found) > 0, 'an IP address'),
    tlsSans: list('tls-san'),
    serviceCidr: checked('service-cidr', isCidr, 'a range such as 10.96.0.0/16'),
    clusterDomain: checked('cluster-domain', matches(dnsName), 'a DNS name') ?? 'cluster.local',
    secretsEncryption: booleanOf(pick('secrets-encryption', file)),
    audit: auditOf(
      {
        isOn: isGiven(auditLog) ? booleanOf(auditLog) : undefined,
        policyFile: pick('audit-policy-file', file),
        path: pick('audit-log-path', file),
        maxage: pick('audit-log-maxage', file),
        maxbackup: pick('audit-log-maxbackup', file),
        maxsize: pick('audit-log-maxsize', file),
      },
      dataDir,
    ),
    isolation: oneOf('isolation', choices.isolation),
    ...quotaOf({
      quota: pick('quota', file),
      requests: pick('default-requests', file),
      limits: pick('default-limits', file),
    }),
    podRules: podRulesOf({
      nodeSelector: pick('pod-node-selector', file),
      tolerations: pick('pod-toleration', file),
      priorityClass: pick('pod-priority-class', file),
      runtimeClass: pick('pod-runtime-class', file),
    }),
    disable: list('disable').map(
      (item) =>
        choices.disable.find((name) => name === item) ?? invalid('--disable', item, choices.disable.join(' or ')),
    ),
    corednsImage:
      checked('coredns-image', matches(/^\S+$/), 'the name of an image') ??
      invalid('coredns-image', '', 'the name of an image'),
    corednsReplicas: replicasOf(pick('coredns-replicas', file)),
    sync: list('sync'),
    syncRules: rulesIn(text('sync-rules')),
    manifests: list('manifests'),
    logFormat: oneOf('log-format', choices.logFormat),
    metricsAddress: listenAddressOf(pick('metrics-address', file)),
    debug: booleanOf(pick('debug', file)),
  };
}

function isKubernetesMinor(text: string): boolean {
  return kubernetesMinors.some((minor) => minor === text);
}

/** A range of addresses, or with a comma one of each family. */
function isCidr(text: string): boolean {
  const ranges = text.split(',');
  return ranges.length <= 2 && ranges.every(isRange);
}

function isRange(text: string): boolean {
  const [address = '', bits = '', more] = text.split('/');
  const family = isIP(address);
  return family > 0 && more === undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function booleanOf({ value, from }: Picked): boolean {
  if ([true, 'true', 1, '1'].some((yes) => yes === value)) return true;
  if ([undefined, false, 'false', 0, '0'].some((no) => no === value)) return false;
  return invalid(from, value, 'true or false');
}

function portOf({ value, from }: Picked): number {
  const port = Number(value);
  return /^\d+$/.test(String(value)) && port > 0 && port < 65_536
    ? port
    : invalid(from, value, 'a port from 1 to 65535');
}

function replicasOf({ value, from }: Picked): number {
  const replicas = Number(value);
  return /^\d+$/.test(String(value)) && replicas > 0 && replicas <= 100
    ? replicas
    : invalid(from, value, 'a number from 1 to 100');
}

function replicasOn(datastore: Datastore, given: Picked): number {
  const replicas = replicasOf(given);
  if (replicas === 1 || datastore.kind !== 'sqlite') return replicas;
  throw new K3vError('FLAG_INVALID', `${given.from} is ${replicas} without --datastore-endpoint`, {
    hint: 'Replicas need a database that all of them reach: name it with --datastore-endpoint, and give each a --data-dir of its own.',
  });
}

function invalid(from: string, value: unknown, wanted: string): never {
  throw new K3vError('FLAG_INVALID', `${from} is ${JSON.stringify(value)}`, { hint: `It must be ${wanted}.` });
}

function rulesIn(path: string | undefined): Config['syncRules'] {
  if (path === undefined) return undefined;
  const broken = (why: string, cause: unknown) =>
    new K3vError('SYNC_RULES_BROKEN', `the --sync-rules file ${path} ${why}`, { cause });
  return { path, content: readYamlFile(path, broken) };
}

function readConfigFile(path: string): Record<string, unknown> {
  const broken = (why: string, cause?: unknown) =>
    new K3vError('CONFIG_FILE_BROKEN', `the --config file ${path} ${why}`, {
      hint: 'It is YAML with the long names of flags as keys, for example "listen-port: 7443".',
      cause,
    });
  const content = readYamlFile(path, broken);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw broken('holds no map');
  const unknown = Object.keys(content).find((key) => !Object.hasOwn(flags, key));
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(flags));
    throw broken(`sets "${unknown}", which is not a flag${near ? ` (did you mean "${near}"?)` : ''}`);
  }
  return { ...content };
}
