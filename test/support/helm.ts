import { join } from 'node:path';
import { execa } from 'execa';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { buildHelm } from '../host/helm.ts';

/** Returns helm, which keeps its own files in `folder` and resolves with what it wrote. */
export async function helmIn(folder: string): Promise<(...args: string[]) => Promise<string>> {
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const program = await buildHelm(environment, new AbortController().signal);
  const env = {
    HELM_CACHE_HOME: join(folder, 'cache'),
    HELM_CONFIG_HOME: join(folder, 'config'),
    HELM_DATA_HOME: join(folder, 'data'),
  };
  return async (...args) => (await execa(program, args, { env })).stdout;
}
