import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parse } from 'yaml';
import { K3vError } from '../errors.ts';
import { type KubernetesMinor, kubernetesMinors } from '../kubernetes-minors.ts';
import { type FlagName, type FlagValue, flags } from './flags.ts';
import { logFormats } from './log-format.ts';
import { nearest } from '../nearest.ts';

/** What the main command runs with. */
export interface Config {
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
  host: 'auto' | 'embedded';
  hostNetwork: 'auto' | 'direct' | 'port-forward';
  nodes: 'auto' | 'all' | 'used' | 'from-pods';
  id: string;
  listenPort: number;
  dataDir: string;
  writeKubeconfig: string;
  distro: 'auto' | 'k3s' | 'kubernetes';
  k3sBinary: string | undefined;
  kubernetesVersion: KubernetesMinor | undefined;
  advertiseAddress: string | undefined;
  tlsSans: string[];
  serviceCidr: string | undefined;
  clusterDomain: string;
  /** What is left out. */
  disable: (typeof addOns)[number][];
  corednsImage: string;
  corednsReplicas: number;
  /** Which kinds cross; the words are the syncer's. */
  sync: string[];
  /** How custom resources cross, as it stands in a file. */
  syncRules: { path: string; content: unknown } | undefined;
  logFormat: (typeof logFormats)[number];
  debug: boolean;
}

/** What `--disable` takes. */
const addOns = ['coredns', 'metrics'] as const;
const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
const dnsName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Returns the configuration: a flag wins over its environment variable, that over the `--config` file, that over the default.
 * Throws FLAG_INVALID, CONFIG_FILE_BROKEN or SYNC_RULES_BROKEN.
 */
export function readConfig(given: Partial<Record<FlagName, unknown>>, env: Record<string, string | undefined>): Config {
  const pick = (name: FlagName, file: Record<string, unknown>): { value: unknown; from: string } => {
    if (given[name] !== undefined) return { value: given[name], from: `--${name}` };
    for (const variable of [`K3V_${name.replaceAll('-', '_').toUpperCase()}`, ...(flags[name].oldEnv ?? [])]) {
      if (env[variable]) return { value: env[variable], from: variable };
    }
    if (file[name] !== undefined) return { value: file[name], from: `"${name}" in the --config file` };
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
  return {
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    namespace: checked('namespace', matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/), 'the name of a namespace'),
    host: oneOf('host', ['auto', 'embedded']),
    hostNetwork: oneOf('host-network', ['auto', 'direct', 'port-forward']),
    nodes: oneOf('nodes', ['auto', 'all', 'used', 'from-pods']),
    id: checked('id', matches(dnsLabel), 'at most 40 of a-z, 0-9 and -') ?? 'default',
    listenPort: portOf(pick('listen-port', file)),
    dataDir: text('data-dir') ?? './k3v-data',
    writeKubeconfig: text('write-kubeconfig') ?? './kubeconfig.yaml',
    distro: oneOf('distro', ['auto', 'k3s', 'kubernetes']),
    k3sBinary: text('k3s-binary'),
    kubernetesVersion: kubernetesMinors.find((minor) => minor === kubernetesVersion),
    advertiseAddress: checked('advertise-address', (found) => isIP(found) > 0, 'an IP address'),
    tlsSans: list('tls-san'),
    serviceCidr: checked('service-cidr', isCidr, 'a range such as 10.96.0.0/16'),
    clusterDomain: checked('cluster-domain', matches(dnsName), 'a DNS name') ?? 'cluster.local',
    disable: list('disable').map(
      (item) => addOns.find((name) => name === item) ?? invalid('--disable', item, addOns.join(' or ')),
    ),
    corednsImage:
      checked('coredns-image', matches(/^\S+$/), 'the name of an image') ??
      invalid('coredns-image', '', 'the name of an image'),
    corednsReplicas: replicasOf(pick('coredns-replicas', file)),
    sync: list('sync'),
    syncRules: rulesIn(text('sync-rules')),
    logFormat: oneOf('log-format', logFormats),
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

function booleanOf({ value, from }: { value: unknown; from: string }): boolean {
  if ([true, 'true', 1, '1'].some((yes) => yes === value)) return true;
  if ([undefined, null, false, 'false', 0, '0'].some((no) => no === value)) return false;
  return invalid(from, value, 'true or false');
}

function portOf({ value, from }: { value: unknown; from: string }): number {
  const port = Number(value);
  return /^\d+$/.test(String(value)) && port > 0 && port < 65_536
    ? port
    : invalid(from, value, 'a port from 1 to 65535');
}

function replicasOf({ value, from }: { value: unknown; from: string }): number {
  const replicas = Number(value);
  return /^\d+$/.test(String(value)) && replicas > 0 && replicas <= 100
    ? replicas
    : invalid(from, value, 'a number from 1 to 100');
}

function invalid(from: string, value: unknown, wanted: string): never {
  throw new K3vError('FLAG_INVALID', `${from} is ${JSON.stringify(value)}`, { hint: `It must be ${wanted}.` });
}

function rulesIn(path: string | undefined): Config['syncRules'] {
  if (path === undefined) return undefined;
  try {
    return { path, content: parse(readFileSync(path, 'utf8')) ?? {} };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new K3vError('SYNC_RULES_BROKEN', `the --sync-rules file ${path} cannot be read: ${why}`, { cause: error });
  }
}

function readConfigFile(path: string): Record<string, unknown> {
  const broken = (why: string, cause?: unknown) =>
    new K3vError('CONFIG_FILE_BROKEN', `the --config file ${path} ${why}`, {
      hint: 'It is YAML with the long names of flags as keys, for example "listen-port: 7443".',
      cause,
    });
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw broken(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw broken('holds no map');
  const unknown = Object.keys(content).find((key) => !Object.hasOwn(flags, key));
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(flags));
    throw broken(`sets "${unknown}", which is not a flag${near ? ` (did you mean "${near}"?)` : ''}`);
  }
  return { ...content };
}
