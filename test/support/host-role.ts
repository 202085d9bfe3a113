import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import { kubectlFor, runK3v } from './k3v-process.ts';

/** What `k3v host-role` gives on a host. */
export interface AppliedRole {
  /** Path; of the ServiceAccount that has the role and nothing more, good for a day. */
  kubeconfig: string;
  /** The manifests. */
  printed: string;
}

/**
 * Applies what `k3v host-role` prints for `namespace` to the host of the admin's `hostKubeconfig`; files go to `folder`. `extras` are the values of `--with`, `flags`
 * its further flags. Doing it again renews the token in the same kubeconfig.
 */
export async function applyHostRole({
  hostKubeconfig,
  namespace,
  folder,
  extras = [],
  flags = [],
}: {
  hostKubeconfig: string;
  namespace: string;
  folder: string;
  extras?: string[];
  flags?: string[];
}): Promise<AppliedRole> {
  const admin = await kubectlFor(hostKubeconfig);
  const words = extras.flatMap((word) => ['--with', word]);
  const printed = (await runK3v(folder, ['host-role', '--namespace', namespace, ...flags, ...words])).stdout;
  const manifests = join(folder, `${namespace}-role.yaml`);
  await writeFile(manifests, printed);
  await admin('apply', '-f', manifests);
  const token = await admin('-n', namespace, 'create', 'token', 'k3v', '--duration=24h');
  const [cluster] = parseKubeconfig(await readFile(hostKubeconfig, 'utf8')).clusters;
  const content = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'host', cluster: { server: cluster?.server, 'certificate-authority-data': cluster?.caData } }],
    users: [{ name: 'k3v', user: { token } }],
    contexts: [{ name: 'host', context: { cluster: 'host', user: 'k3v', namespace } }],
    'current-context': 'host',
  });
  const kubeconfig = join(folder, `${namespace}-restricted.yaml`);
  await writeFile(kubeconfig, content, { mode: 0o600 });
  return { kubeconfig, printed };
}
