import type { ClusterContext } from '../cluster-context.ts';
import { customSecretName } from '../custom-authorities.ts';
import type { AuthoritySource } from '../types.ts';
import type { Mounts } from './secret-mounts.ts';

const [volume, folder] = ['authorities', '/authorities'];
/** What the Secrets that the Cluster gives are called in a --ca-dir. */
const files: [source: AuthoritySource, paths: Record<string, string>][] = [
  ['serverCA', { 'tls.crt': 'server-ca.crt', 'tls.key': 'server-ca.key' }],
  ['clientCA', { 'tls.crt': 'client-ca.crt', 'tls.key': 'client-ca.key' }],
  ['requestHeaderCA', { 'tls.crt': 'request-header-ca.crt', 'tls.key': 'request-header-ca.key' }],
  ['serviceAccountToken', { 'tls.key': 'service.key' }],
];

/** Returns how servers in mode shared have the authorities that the Cluster gives: as the folder `caDir`, undefined if it gives none that are theirs. */
export function customCaDir({ spec }: Pick<ClusterContext, 'spec'>): Mounts & { caDir: string | undefined } {
  const sources = files.flatMap(([source, paths]) => {
    const name = customSecretName({ spec }, source);
    const items = Object.entries(paths).map(([key, path]) => ({ key, path }));
    return name === undefined ? [] : [{ secret: { name, items } }];
  });
  if (sources.length === 0) return { caDir: undefined, volumes: [], volumeMounts: [] };
  return {
    caDir: folder,
    volumes: [{ name: volume, projected: { sources } }],
    volumeMounts: [{ name: volume, mountPath: folder, readOnly: true }],
  };
}
