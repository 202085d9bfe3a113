import type { KeyPair } from '../control-plane/certificates.ts';
import { type Given, givenAuthority, givenServiceAccountKey } from '../control-plane/given-authority.ts';
import { joinKey } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { textIn } from './secret-texts.ts';
import type { AuthoritySource } from './types.ts';

type Context = Pick<ClusterContext, 'cluster' | 'spec' | 'secrets'>;

const sources: readonly AuthoritySource[] = [
  'serverCA',
  'clientCA',
  'requestHeaderCA',
  'etcdServerCA',
  'etcdPeerCA',
  'serviceAccountToken',
];

/** Returns the name of the Secret that `spec.customCAs` names for `source`; undefined if it names none, or is switched off. */
export function customSecretName({ spec }: Pick<ClusterContext, 'spec'>, source: AuthoritySource): string | undefined {
  const { enabled = true, sources: given = {} } = spec.customCAs ?? {};
  return enabled ? given[source]?.secretName : undefined;
}

/** Returns the authority that the Cluster gives for `source`, whatever its state; undefined if it gives none, or its Secret is not there or lacks something. */
export function customAuthority(context: Context, source: AuthoritySource): KeyPair | undefined {
  const secret = secretOf(context, source);
  const [certPem, keyPem] = [textIn(secret, 'tls.crt'), textIn(secret, 'tls.key')];
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

/** Returns the key that the Cluster gives for tokens of service accounts; PEM. */
export function customServiceAccountKey(context: Context): string | undefined {
  return textIn(secretOf(context, 'serviceAccountToken'), 'tls.key');
}

/** Returns the keys of the Secrets that `spec.customCAs` names. */
export function customSecretKeys({ cluster, spec }: Pick<ClusterContext, 'cluster' | 'spec'>): string[] {
  return sources.flatMap((source) => {
    const name = customSecretName({ spec }, source);
    return name === undefined ? [] : [joinKey(cluster.metadata.namespace ?? '', name)];
  });
}

/** Returns what is wrong with the authorities that the Cluster names and that are there, each as a sentence for its owner; empty if nothing is. */
export function faultsOfCustomAuthorities(context: Context, now = new Date()): string[] {
  return sources.flatMap((source) => {
    const name = customSecretName(context, source);
    if (name === undefined) return [];
    const fault = faultOf(context, source, now);
    return fault === undefined ? [] : [`the Secret ${name} of customCAs.sources.${source} ${fault}`];
  });
}

function faultOf(context: Context, source: AuthoritySource, now: Date): string | undefined {
  const secret = secretOf(context, source);
  if (!secret) return undefined;
  const needed = source === 'serviceAccountToken' ? ['tls.key'] : ['tls.crt', 'tls.key'];
  const missing = needed.find((key) => secret.data?.[key] === undefined);
  if (missing !== undefined) return `has no key ${missing}`;
  const [cert = '', key = ''] = [textIn(secret, 'tls.crt'), textIn(secret, 'tls.key')];
  const given: Given<unknown> =
    source === 'serviceAccountToken' ? givenServiceAccountKey(key) : givenAuthority(cert, key, now);
  return 'wrong' in given ? given.wrong : undefined;
}

function secretOf(context: Context, source: AuthoritySource) {
  const name = customSecretName(context, source);
  const { namespace = '' } = context.cluster.metadata;
  return name === undefined ? undefined : context.secrets.get(joinKey(namespace, name));
}
