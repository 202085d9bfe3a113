import type { Target } from '../../packaging/binary/targets.ts';
import { cacheFolder } from '../../src/cache-folder.ts';
import { hasKine, hasKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { newestKubernetes } from '../../src/control-plane/kubernetes-versions.ts';
import { hasKwok } from '../../src/embedded-host/kwok-programs.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { packedKubernetes } from '../../packaging/packed-go-programs.ts';

/** Whether the programs that a packaged file for `target` carries have been built before, which takes some twenty minutes. */
export async function hasPackedPrograms(target: Target): Promise<boolean> {
  const environment = { cacheDir: cacheFolder(process.env), target, log: silentLog, progress: silentProgress };
  const found = [
    hasKubernetesPrograms(packedKubernetes, environment, newestKubernetes),
    hasKine(environment),
    hasKwok(environment),
  ];
  return (await Promise.all(found)).every(Boolean);
}
