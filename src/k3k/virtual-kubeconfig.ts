import { X509Certificate } from 'node:crypto';
import { parse } from 'yaml';
import { renewalReason } from '../control-plane/certificate-renewal.ts';
import type { CertificateRequest } from '../control-plane/certificates.ts';
import { kubeconfigYaml } from '../control-plane/kubeconfig.ts';
import { kubeconfigKey } from '../host/kubeconfig-secret.ts';
import type { Secret } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { namesOf } from './names.ts';
import { pairIn, secretOfTexts, textIn } from './secret-texts.ts';

type Context = Pick<ClusterContext, 'cluster' | 'spec' | 'authorities'>;

/** As k3s calls its own administrator. */
const admin: CertificateRequest = {
  commonName: 'system:admin',
  organizations: ['system:masters'],
  usages: ['client'],
  days: 365,
};

/**
 * Returns the Secret with the kubeconfig of a cluster in mode virtual, whose API server is at `server`, as it has to be written: `found` is not there, is for another address or
 * other authorities, or its certificate comes near its end. Undefined if it is good, and as long as there are no authorities to issue it by.
 */
export async function virtualKubeconfig(
  { cluster, spec, authorities }: Context,
  server: string,
  found: Secret | undefined,
  now = new Date(),
): Promise<Secret | undefined> {
  const [servers, users] = [pairIn(authorities, 'server-ca'), pairIn(authorities, 'client-ca')];
  if (spec.mode !== 'virtual' || !servers || !users) return undefined;
  const { name } = cluster.metadata;
  const before = textIn(found, kubeconfigKey);
  if (before !== undefined && isGood(before, { server, caPem: servers.certPem, userCaPem: users.certPem, now })) {
    return undefined;
  }
  const { toAuthority } = await import('../control-plane/certificates.ts');
  const { certPem, keyPem } = await toAuthority(users).issue(admin, now);
  const kubeconfig = kubeconfigYaml({ server, caPem: servers.certPem, contextName: name, certPem, keyPem });
  return secretOfTexts(cluster, namesOf(name).kubeconfig, { [kubeconfigKey]: kubeconfig });
}

function isGood(
  text: string,
  { server, caPem, userCaPem, now }: { server: string; caPem: string; userCaPem: string; now: Date },
): boolean {
  const content: unknown = parse(text);
  const first = (list: string, inside: string): Record<string, unknown> =>
    Object(Reflect.get(Object(Reflect.get(Object(Reflect.get(Object(content), list)), 0)), inside));
  const decoded = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'base64').toString() : '');
  const [cluster, user] = [first('clusters', 'cluster'), first('users', 'user')];
  const pair = { certPem: decoded(user['client-certificate-data']), keyPem: decoded(user['client-key-data']) };
  return (
    cluster['server'] === server &&
    decoded(cluster['certificate-authority-data']) === caPem &&
    renewalReason(pair, new X509Certificate(userCaPem).toString(), admin, now) === undefined
  );
}
