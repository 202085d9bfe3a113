import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Env = Record<string, string | undefined>;

/** Returns the files in a list of paths, as `KUBECONFIG` holds one; none for an empty list. */
export function kubeconfigsIn(list: string | undefined): string[] {
  return list?.split(delimiter).filter(Boolean) ?? [];
}

/** Returns where kubectl looks when nothing names a file: `~/.kube/config`, there or not. */
export function standardKubeconfig(env: Env): string {
  return join(env['HOME'] ?? env['USERPROFILE'] ?? '/', '.kube', 'config');
}

/** Returns the file into which kubectl would write: of those in `KUBECONFIG` the first that is there, else the last; else the standard one. */
export function writtenKubeconfig(env: Env): string {
  const named = kubeconfigsIn(env['KUBECONFIG']);
  return named.find((file) => existsSync(file)) ?? named.at(-1) ?? standardKubeconfig(env);
}
