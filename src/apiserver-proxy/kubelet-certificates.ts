import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Node } from '../kube/types.ts';

/** What a kubelet's serving certificate shall say. */
export interface ServingCertificateRequest {
  commonName: string;
  organizations: readonly string[];
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  usages: readonly ['server'];
  days: number;
}

/** Makes a key with a certificate; both PEM text. */
export type IssueCertificate = (request: ServingCertificateRequest) => Promise<{ certPem: string; keyPem: string }>;

/** A short life: they cost a millisecond, and are kept in memory alone. */
const days = 7;
const renewBeforeMs = 24 * 60 * 60 * 1000;
/** As many nodes as are in use at a time; a certificate dropped is made anew when it is asked for. */
const maxKept = 256;

/**
 * Returns a function that gives what serves TLS as a node: `build` makes it from a certificate of `issue`, once per node and its
 * names, and anew before the certificate expires.
 */
export function perNode<T>({
  issue,
  build,
  now = Date.now,
}: {
  issue: IssueCertificate;
  build: (pair: { certPem: string; keyPem: string }, node: Node) => T;
  now?: () => number;
}): (node: Node) => Promise<T> {
  const kept = new Map<string, Promise<{ built: T; expiresAt: number }>>();

  async function make(request: ServingCertificateRequest, node: Node) {
    const pair = await issue(request);
    return { built: build(pair, node), expiresAt: new X509Certificate(pair.certPem).validToDate.getTime() };
  }

  return async (node) => {
    const request = servingRequest(node);
    const key = JSON.stringify([request.commonName, request.dnsNames, request.ipAddresses]);
    const found = kept.get(key);
    const known = await found?.catch(() => undefined);
    if (known && known.expiresAt - now() > renewBeforeMs) return known.built;
    // Whoever came first, of several that found nothing to use, makes it for all of them.
    const current = kept.get(key);
    const making = current && current !== found ? current : make(request, node);
    kept.delete(key);
    kept.set(key, making);
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) break;
      kept.delete(oldest);
    }
    return (await making).built;
  };
}

/** Returns the certificate that a kubelet of `node` would ask for: https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/. */
export function servingRequest({ metadata, status }: Node): ServingCertificateRequest {
  const names = [metadata.name, ...(status?.addresses ?? []).map(({ address }) => address)];
  const unique = [...new Set(names)].filter((name) => name !== '').sort();
  return {
    commonName: `system:node:${metadata.name}`,
    organizations: ['system:nodes'],
    dnsNames: unique.filter((name) => isIP(name) === 0),
    ipAddresses: unique.filter((name) => isIP(name) !== 0),
    usages: ['server'],
    days,
  };
}
