import { parse } from 'yaml';
import type { ApiAccess } from './control-plane.ts';

/**
 * Returns the credentials in the kubeconfig that k3s writes: one cluster, one user, everything inside as base64.
 * Undefined when they are not all there, as while k3s is still writing the file.
 */
export function parseK3sKubeconfig(text: string): ApiAccess | undefined {
  let config: unknown;
  try {
    config = parse(text);
  } catch {
    return undefined;
  }
  const server = textAt(config, 'clusters', 0, 'cluster', 'server');
  const caPem = pemAt(config, 'clusters', 0, 'cluster', 'certificate-authority-data');
  const certPem = pemAt(config, 'users', 0, 'user', 'client-certificate-data');
  const keyPem = pemAt(config, 'users', 0, 'user', 'client-key-data');
  if (server === undefined || caPem === undefined || certPem === undefined || keyPem === undefined) return undefined;
  return { server, caPem, certPem, keyPem };
}

function textAt(root: unknown, ...path: (string | number)[]): string | undefined {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pemAt(root: unknown, ...path: (string | number)[]): string | undefined {
  const encoded = textAt(root, ...path);
  const pem = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  return /-----END [A-Z ]+-----\n$/.test(pem) ? pem : undefined;
}
