import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileExists } from '../file-exists.ts';
import {
  loadOrCreateAuthority,
  loadOrCreateServiceAccountKey,
  loadOrIssue,
  type StoredKeyPair,
} from './certificate-files.ts';
import type { CertificateRequest } from './certificates.ts';
import type { ControlPlaneOptions } from './control-plane.ts';
import { firstServiceAddresses } from './service-range.ts';

type PkiOptions = Pick<
  ControlPlaneOptions,
  'dataDir' | 'advertiseAddress' | 'tlsSans' | 'serviceCidr' | 'clusterDomain'
>;

/** All keys of a Kubernetes control plane, as kubeadm lays them out; see https://kubernetes.io/docs/setup/best-practices/certificates/. */
export interface KubernetesPki {
  ca: StoredKeyPair;
  /** Signs users: `ca` itself, unless the operator gave that, or another one. */
  clientCa: StoredKeyPair;
  apiServer: StoredKeyPair;
  /** What the API server shows to kubelets. */
  kubeletClient: StoredKeyPair;
  admin: StoredKeyPair;
  controllerManager: StoredKeyPair;
  /** A CA of its own: what it signs may speak in the name of any user. */
  frontProxyCa: StoredKeyPair;
  /** What the API server shows to aggregated API servers. */
  frontProxyClient: StoredKeyPair;
  serviceAccount: { keyFile: string; publicFile: string };
}

const leafDays = 365;

/** Loads the keys from `<dataDir>/pki/`; makes what is missing, damaged, for other addresses or near its end. */
export async function loadKubernetesPki(options: PkiOptions, now = new Date()): Promise<KubernetesPki> {
  const base = (name: string) => join(options.dataDir, 'pki', name);
  const [ca, frontProxyCa, serviceAccount] = await Promise.all([
    loadOrCreateAuthority(base('ca'), 'k3v-ca', now),
    loadOrCreateAuthority(base('front-proxy-ca'), 'k3v-front-proxy-ca', now),
    loadOrCreateServiceAccountKey(base('service-account')),
  ]);
  const clientCa = (await fileExists(`${base('client-ca')}.crt`))
    ? await loadOrCreateAuthority(base('client-ca'), 'k3v-client-ca', now)
    : ca;
  const client = (name: string, commonName: string, organizations: string[] = []) =>
    loadOrIssue(base(name), clientCa, { commonName, organizations, usages: ['client'], days: leafDays }, now);
  const [apiServer, kubeletClient, admin, controllerManager, frontProxyClient] = await Promise.all([
    loadOrIssue(base('apiserver'), ca, apiServerRequest(options), now),
    client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', ['system:masters']),
    client('admin', 'kubernetes-admin', ['system:masters']),
    client('controller-manager', 'system:kube-controller-manager'),
    loadOrIssue(
      base('front-proxy-client'),
      frontProxyCa,
      { commonName: 'front-proxy-client', usages: ['client'], days: leafDays },
      now,
    ),
  ]);
  return {
    ca,
    clientCa,
    apiServer,
    kubeletClient,
    admin,
    controllerManager,
    frontProxyCa,
    frontProxyClient,
    serviceAccount,
  };
}

/** Returns what was made anew when `pki` was loaded. */
export function renewedIn(pki: KubernetesPki): string[] {
  const { serviceAccount: _, clientCa, ...pairs } = pki;
  return Object.entries({ ...pairs, ...(clientCa === pki.ca ? {} : { clientCa }) }).flatMap(([name, { renewed }]) =>
    renewed === undefined ? [] : [name],
  );
}

/** Returns the serving certificate's content: every name and address under which the API server is reached. */
export function apiServerRequest(options: Omit<PkiOptions, 'dataDir'>): CertificateRequest {
  const { advertiseAddress, tlsSans, serviceCidr, clusterDomain } = options;
  const service = ['kubernetes', 'default', 'svc', ...clusterDomain.split('.')];
  const names = [
    ...[1, 2, 3, service.length].map((length) => service.slice(0, length).join('.')),
    'localhost',
    '127.0.0.1',
    '::1',
    hostname(),
    advertiseAddress,
    ...firstServiceAddresses(serviceCidr),
    ...tlsSans,
  ];
  const unique = [...new Set(names)].filter((name) => name !== '');
  return {
    commonName: 'kube-apiserver',
    dnsNames: unique.filter((name) => isIP(name) === 0),
    ipAddresses: unique.filter((name) => isIP(name) !== 0),
    usages: ['server'],
    days: leafDays,
  };
}
