import { randomBytes } from 'node:crypto';
import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/types.ts';
import { untilFound } from '../until-found.ts';

/** Who a client certificate is for, and for how long. */
export interface CertificateUser {
  name: string;
  groups: readonly string[];
  /** At least 600: CertificateSigningRequestSpec, `expirationSeconds`. */
  seconds: number;
}

interface SigningRequest extends KubeObject {
  spec?: object;
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[]; certificate?: string };
}

const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/**
 * Has the virtual cluster issue a client certificate, by a CertificateSigningRequest that is approved at once, and returns it with its key, which never
 * leaves this process but with it; PEM. Works alike for every distro, and leaves in the cluster who was let in, for an hour. Rejects with StatusError
 * where the API server refuses, as it does for the group `system:masters`.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
export async function issueCertificate(
  client: KubeClient,
  { name, groups, seconds }: CertificateUser,
): Promise<{ certPem: string; keyPem: string }> {
  const { createSigningRequest } = await import('../control-plane/certificates.ts');
  const { requestPem, keyPem } = await createSigningRequest({ commonName: name, organizations: groups });
  const made = (await client.request('POST', path, {
    body: {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: `k3v-${randomBytes(6).toString('hex')}` },
      spec: {
        request: Buffer.from(requestPem).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        expirationSeconds: seconds,
        usages: ['digital signature', 'client auth'],
      },
    },
  })) as SigningRequest;
  const its = `${path}/${made.metadata.name}`;
  const approved = { type: 'Approved', status: 'True', reason: 'K3v', message: 'asked for with k3v kubeconfig' };
  await client.request('PUT', `${its}/approval`, { body: { ...made, status: { conditions: [approved] } } });
  const certificate = await untilFound(async () =>
    certificateIn((await client.request('GET', its)) as SigningRequest, name),
  );
  return { certPem: Buffer.from(certificate, 'base64').toString('utf8'), keyPem };
}

/** Throws if there is none, or none yet. */
function certificateIn({ status }: SigningRequest, name: string): string {
  if (status?.certificate) return status.certificate;
  const failed = status?.conditions?.find(({ type }) => type === 'Failed' || type === 'Denied');
  const why = failed
    ? `: ${failed.message ?? failed.reason ?? failed.type}`
    : ', its controller manager does not answer';
  throw new K3vError('USER_REFUSED', `the virtual cluster issues no certificate for "${name}"${why}`);
}
