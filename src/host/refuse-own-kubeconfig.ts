import { existsSync, realpathSync } from 'node:fs';
import { delimiter } from 'node:path';
import { K3vError } from '../errors.ts';
import type { HostConfig } from './load-kubeconfig.ts';

/**
 * Throws HOST_CONFIG_OWN if the tenant's kubeconfig would be written over one that the host is found by: somebody else's credentials would be lost, or it is the tenant's
 * from an earlier start, and the virtual cluster would be its own host.
 */
export function refuseOwnKubeconfig({ source }: Pick<HostConfig, 'source'>, writeKubeconfig: string): void {
  if (!existsSync(writeKubeconfig)) return;
  const own = realpathSync(writeKubeconfig);
  const file = source.split(delimiter).find((each) => existsSync(each) && realpathSync(each) === own);
  if (file === undefined) return;
  throw new K3vError('HOST_CONFIG_OWN', `the host's kubeconfig is ${file}, where the tenant's is to be written`, {
    hint: "If KUBECONFIG names the tenant's in this shell, unset it, or give the host's with --kubeconfig; else have the tenant's written elsewhere, with --write-kubeconfig.",
  });
}
