import { resolve } from 'node:path';
import type { Config } from './cli/config.ts';
import type { UninstallWish } from './cli/uninstall-command.ts';
import { K3vError } from './errors.ts';
import { type HostConfig, needKubeconfig, noKubeconfig } from './host/load-kubeconfig.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import type { Progress } from './progress.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import type { SyncRule } from './syncer/sync-rules.ts';
import { cleanHost } from './uninstall/clean-host.ts';
import { hostError } from './uninstall/host-error.ts';
import { holdDataDir } from './uninstall/hold-data-dir.ts';
import { assertDataDir, removeDataDir } from './uninstall/remove-data-dir.ts';
import { userAgent } from './version.ts';

interface UninstallOptions {
  config: Pick<Config, 'kubeconfig' | 'context' | 'namespace' | 'host' | 'id' | 'dataDir' | 'sync'>;
  /** Of custom resources. */
  rules: ReadonlyMap<string, SyncRule>;
  env: Record<string, string | undefined>;
  progress: Progress;
  /** Prints for the user. */
  say: (text: string) => void;
  /** Asks the user; undefined where there is no terminal. */
  ask: ((question: string) => Promise<boolean>) | undefined;
}

/** Does what `k3v uninstall` says. Rejects as `loadKubeconfig`, `holdDataDir`, `assertDataDir` and `cleanHost` do. */
export async function runUninstallCommand(wish: UninstallWish, options: UninstallOptions): Promise<void> {
  const { config, rules, env, progress, say, ask } = options;
  if (!wish.dryRun && !wish.yes && !ask) {
    throw new K3vError('FLAG_INVALID', 'k3v uninstall has no terminal to ask on', {
      hint: 'See what it would delete with --dry-run, then give --yes.',
    });
  }
  const { id } = config;
  const dataDir = resolve(config.dataDir);
  const host = findHost(config, env, dataDir);
  if (wish.deleteData) await assertDataDir(dataDir);
  const held = await holdDataDir(dataDir, id);
  const client = clientFromKubeConfig(host.config, { latest: host.latest, userAgent });
  try {
    const namespace = config.namespace ?? host.namespace ?? 'default';
    const named = chooseKinds(config.sync, { rules }).kinds;
    const agree = async (question: string) => wish.yes || ((await ask?.(question)) ?? false);
    if (!(await cleanHost(wish, { client, namespace, id, dataDir, held, named, progress, say, agree }))) return;
  } catch (error) {
    throw hostError(error) ?? error;
  } finally {
    client.close();
    await held.release();
  }
  if (!wish.deleteData) return;
  const left = await removeDataDir(dataDir);
  const rest = left.length > 0 ? `, but for what is not k3v's: ${left.join(', ')}` : '';
  say(`deleted the data directory ${dataDir}${rest}\n`);
}

function findHost(config: UninstallOptions['config'], env: UninstallOptions['env'], dataDir: string): HostConfig {
  const hint = `Give it with --kubeconfig. A throw-away host lies in the data directory and nowhere else: delete ${dataDir}.`;
  if (config.host === 'embedded') throw noKubeconfig(hint);
  return needKubeconfig({ ...config, env }, hint);
}
