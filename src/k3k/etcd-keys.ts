import { authorityRenewalReason, renewalReason } from '../control-plane/certificate-renewal.ts';
import type { CertificateRequest, KeyPair } from '../control-plane/certificates.ts';
import type { Secret } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { customAuthority } from './custom-authorities.ts';
import { etcdMembers, hasEtcd } from './etcd-members.ts';
import { namesOf } from './names.ts';
import { pairIn, secretOfTexts, textsOfPairs } from './secret-texts.ts';
import type { AuthoritySource } from './types.ts';

type Context = Pick<ClusterContext, 'cluster' | 'spec' | 'etcdKeys' | 'secrets'>;

/** The authorities of the database, by their names in the Secret: who knows clients, and who knows members. */
const authorities = {
  ca: { commonName: 'k3k-etcd-server-ca', source: 'etcdServerCA' },
  'peer-ca': { commonName: 'k3k-etcd-peer-ca', source: 'etcdPeerCA' },
} as const satisfies Record<string, { commonName: string; source: AuthoritySource }>;

const leafDays = 365;

/**
 * Returns the Secret with the keys of the database as it has to be written: some are missing, damaged, for other members or near their end, and are made anew. Undefined if those
 * in the context are good, or none are needed. What runs reads renewed ones by itself; authorities are made once.
 */
export async function etcdKeys(context: Context, now = new Date()): Promise<Secret | undefined> {
  if (!hasEtcd(context)) return undefined;
  const { cluster, etcdKeys: found } = context;
  const { createAuthority, toAuthority } = await import('../control-plane/certificates.ts');
  const made: Record<string, KeyPair> = {};
  let isNew = false;
  const keep = (base: string, pair: KeyPair) => {
    const before = pairIn(found, base);
    isNew ||= before?.certPem !== pair.certPem || before.keyPem !== pair.keyPem;
    made[base] = pair;
    return pair;
  };
  const authority = async (base: keyof typeof authorities) => {
    const { commonName, source } = authorities[base];
    const given = customAuthority(context, source);
    const before = pairIn(found, base);
    const isGood = before && authorityRenewalReason(before, now) === undefined;
    return keep(base, given ?? (isGood ? before : await createAuthority(commonName, now)));
  };
  const issued = async (base: string, signer: KeyPair, request: Omit<CertificateRequest, 'days'>) => {
    const before = pairIn(found, base);
    const whole = { ...request, days: leafDays };
    const isGood = before && renewalReason(before, signer.certPem, whole, now) === undefined;
    keep(base, isGood ? before : await toAuthority(signer).issue(whole, now));
  };
  const [ca, peerCa] = [await authority('ca'), await authority('peer-ca')];
  const { name, namespace = 'default' } = cluster.metadata;
  const service = namesOf(name).etcd;
  const dnsNames = [...etcdMembers(context).map(({ host }) => host), `${service}.${namespace}.svc`, 'localhost'];
  const ipAddresses = ['127.0.0.1', '::1'];
  // A member calls itself, too, with what it shows to clients.
  await issued('server', ca, { commonName: 'etcd', dnsNames, ipAddresses, usages: ['server', 'client'] });
  await issued('client', ca, { commonName: 'k3k-server', usages: ['client'] });
  await issued('peer', peerCa, { commonName: 'etcd-peer', dnsNames, ipAddresses, usages: ['server', 'client'] });
  // Without names in it: etcd would want one that leads to the address that the other member has at the moment.
  await issued('peer-client', peerCa, { commonName: 'etcd-peer', usages: ['client'] });
  return isNew ? secretOfTexts(cluster, namesOf(name).etcdKeys, textsOfPairs(made)) : undefined;
}
