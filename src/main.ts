import { join, resolve } from 'node:path';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseCommand } from './cli/cli.ts';
import type { Config } from './cli/config.ts';
import { type LogFormat, guessLogFormat, logFormatFor } from './cli/log-format.ts';
import { readStatus, removeStatus, showStatus } from './cli/status.ts';
import type { SnapshotAction } from './cli/snapshot-command.ts';
import { showError } from './cli/show-error.ts';
import { loggedProgress, terminalProgress } from './cli/terminal-progress.ts';
import { untilInterrupted } from './cli/until-interrupted.ts';
import { proxySettings } from './control-plane/proxy-settings.ts';
import { startControlPlane } from './control-plane/start-control-plane.ts';
import { startEmbeddedHost } from './embedded-host/start-embedded-host.ts';
import { hostRoleFor } from './host-role-for.ts';
import { loadKubeconfig } from './host/load-kubeconfig.ts';
import { parseKubeconfig } from './kube/kubeconfig.ts';
import { type Logger, createLogger } from './log.ts';
import { openDataDir } from './open-data-dir.ts';
import type { Progress } from './progress.ts';
import { runVirtualCluster } from './run-virtual-cluster.ts';
import { egressTransport } from './start-egress-proxy.ts';
import { recordClusterId } from './state/cluster-id.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import { type SyncRule, readSyncRules } from './syncer/sync-rules.ts';
import { version } from './version.ts';

type Env = Record<string, string | undefined>;

/** Runs the command in `args` (without node and script) and sets the exit code. */
export async function main(args: string[], env: Env): Promise<void> {
  let format = guessLogFormat(args, env, process.stderr.isTTY);
  try {
    const command = await parseCommand(args, env);
    if ('config' in command) format = logFormatFor(command.config.logFormat, process.stderr.isTTY);
    switch (command.name) {
      case 'help':
        return void process.stdout.write(`${command.text}\n`);
      case 'version':
        return void process.stdout.write(`k3v ${version}\n`);
      case 'host-role':
        return void process.stdout.write(
          hostRoleFor(command.config.namespace ?? 'default', command.extra, rulesOf(command.config)),
        );
      case 'status': {
        const status = readStatus(resolve(command.config.dataDir));
        return void process.stdout.write(command.json ? `${JSON.stringify(status, null, 2)}\n` : showStatus(status));
      }
      case 'snapshot':
        return void process.stdout.write(await snapshot(command.action, command.config, format));
      case 'run':
        await run(command.config, { env, format });
    }
  } catch (error) {
    process.exitCode = showError(error, { format, destination: process.stderr });
  }
}

function rulesOf({ syncRules }: Config): ReadonlyMap<string, SyncRule> {
  return syncRules ? readSyncRules(syncRules.content, syncRules.path) : new Map();
}

/** Loaded only when asked for: a virtual cluster that runs has no use for it. */
async function snapshot(action: SnapshotAction, config: Config, format: LogFormat): Promise<string> {
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const progress = progressFor(format, log);
  const { runSnapshotCommand } = await import('./run-snapshot-command.ts');
  return await runSnapshotCommand(action, { config, log, progress });
}

function progressFor(format: LogFormat, log: Logger): Progress {
  return isForPeople(format) ? terminalProgress(process.stderr) : loggedProgress(log);
}

function isForPeople(format: LogFormat): boolean {
  return process.stderr.isTTY && format === 'text';
}

async function run(config: Config, { env, format }: { env: Env; format: LogFormat }): Promise<void> {
  const sync = chooseKinds(config.sync, { rules: rulesOf(config) });
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const progress = progressFor(format, log);
  const { signal, dispose } = untilInterrupted(process);
  const cacheDir = join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'k3v');
  const dataDir = resolve(config.dataDir);
  const closers: (() => Promise<void>)[] = [];
  try {
    const store = await openDataDir(dataDir, log);
    closers.unshift(() => store.close());
    await recordClusterId(store, config.id);
    const found = config.host === 'embedded' ? undefined : loadKubeconfig({ ...config, env });
    let host = found && { ...found, simulated: false };
    const failures: Promise<never>[] = [];
    if (!host) {
      const why = config.host === 'embedded' ? '' : 'no kubeconfig given or found: ';
      log.info(`${why}starting a throw-away host; its nodes are simulated, pods do not really run`);
      const embedded = await startEmbeddedHost({ dataDir, cacheDir, log, progress }, signal);
      closers.unshift(() => embedded.stop());
      failures.push(embedded.failed);
      const embeddedConfig = parseKubeconfig(embedded.kubeconfig);
      host = { config: embeddedConfig, source: 'embedded', namespace: undefined, simulated: true };
    }
    await runVirtualCluster({
      config: { ...config, dataDir, writeKubeconfig: resolve(config.writeKubeconfig) },
      host,
      sync,
      failures,
      store,
      cacheDir,
      proxy: proxySettings(env),
      startControlPlane,
      transport: egressTransport(),
      log,
      progress,
      announce: (lines) => (isForPeople(format) ? process.stderr.write(lines) : undefined),
      signal,
    });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    for (const close of closers) await close();
    dispose();
    removeStatus(dataDir);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2), process.env);
