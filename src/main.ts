import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle } from './bundle/bundle.ts';
import { cacheFolder } from './cache-folder.ts';
import { parseCommand } from './cli/cli.ts';
import type { Config } from './cli/config.ts';
import type { ControllerWish } from './cli/controller-command.ts';
import type { DoctorWish } from './cli/doctor-command.ts';
import { exitCode } from './cli/exit-codes.ts';
import { type LogFormat, guessLogFormat, logFormatFor } from './cli/log-format.ts';
import { type StatusWish, runStatusCommand } from './cli/status-command.ts';
import { removeStatus } from './cli/status.ts';
import { paintFor } from './cli/paint.ts';
import type { SnapshotAction } from './cli/snapshot-command.ts';
import type { Program } from './cli/program.ts';
import { showError } from './cli/show-error.ts';
import { loggedProgress, terminalProgress } from './cli/terminal-progress.ts';
import type { UiWish } from './cli/ui-command.ts';
import type { UninstallWish } from './cli/uninstall-command.ts';
import { untilInterrupted } from './cli/until-interrupted.ts';
import { proxySettings } from './control-plane/proxy-settings.ts';
import { startControlPlane } from './control-plane/start-control-plane.ts';
import { createEnding, endAnyway } from './ending.ts';
import { startEmbeddedHost } from './embedded-host/start-embedded-host.ts';
import { hostRoleFor } from './host-role-for.ts';
import { loadKubeconfig } from './host/load-kubeconfig.ts';
import { refuseOwnKubeconfig } from './host/refuse-own-kubeconfig.ts';
import { parseKubeconfig } from './kube/kubeconfig.ts';
import { type Logger, createLogger } from './log.ts';
import { platform } from './platform/this-platform.ts';
import { openDataDir } from './open-data-dir.ts';
import type { HostCommandOptions } from './open-host-client.ts';
import type { Progress } from './progress.ts';
import { runVirtualCluster } from './run-virtual-cluster.ts';
import { recordClusterId } from './state/cluster-id.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import { type SyncRule, readSyncRules } from './syncer/sync-rules.ts';
import { version } from './version.ts';

type Env = Record<string, string | undefined>;

/** Runs the command in `args` (without node and script) and sets the exit code. `bundle` is what the packaged k3v carries, `program` the name that it was started by. */
export async function main(
  args: string[],
  env: Env,
  { bundle, program = 'k3v' }: { bundle?: Bundle; program?: Program } = {},
): Promise<void> {
  // Whatever is written, here or by children, is this user's alone: databases, state and logs beside keys and kubeconfigs.
  process.umask(0o077);
  let format = guessLogFormat(args, env, process.stderr.isTTY);
  try {
    const command = await parseCommand(args, env, { ...paintFor(process.stdout, env), program });
    if ('config' in command) format = logFormatFor(command.config.logFormat, process.stderr.isTTY);
    switch (command.name) {
      case 'help':
        return void process.stdout.write(`${command.text}\n`);
      case 'completion': {
        const { completionScript } = await import('./cli/completion-command.ts');
        return void process.stdout.write(`${completionScript(command.shell)}\n`);
      }
      case 'version':
        return void process.stdout.write(`k3v ${version}\n`);
      case 'licenses': {
        const { showLicences } = await import('./show-licences.ts');
        // As when `| head` has seen enough.
        process.stdout.once('error', () => {});
        return void process.stdout.write(showLicences(bundle));
      }
      case 'host-role':
        return void process.stdout.write(
          hostRoleFor(command.config.namespace ?? 'default', command.extra, rulesOf(command.config)),
        );
      case 'status':
        return await status(command.wish, command.config, env);
      case 'snapshot':
        return void process.stdout.write(await snapshot(command.action, command.config, { env, format }));
      case 'kubeconfig': {
        const { runKubeconfigCommand } = await import('./run-kubeconfig-command.ts');
        return void process.stdout.write(await runKubeconfigCommand(command.wish, command.config.dataDir));
      }
      case 'doctor':
        if (!(await doctor(command.wish, command.config, { env, bundle }))) process.exitCode = exitCode.refused;
        break;
      case 'ui':
        await ui(command.wish, command.config, env);
        break;
      case 'uninstall':
        await uninstall(command.wish, command.config, { env, format });
        break;
      case 'controller':
        await controller(command.wish, command.config, { env, format });
        break;
      case 'cluster': {
        const { runClusterCommand } = await import('./run-cluster-command.ts');
        const { wish, config } = command;
        process.exitCode = await onHost(
          config,
          { env, format, program },
          async (options) => await runClusterCommand(wish, options),
        );
        break;
      }
      case 'policy': {
        const { runPolicyCommand } = await import('./run-policy-command.ts');
        const { wish, config } = command;
        await onHost(config, { env, format, program }, async (options) => await runPolicyCommand(wish, options));
        break;
      }
      case 'run':
        await run(command.config, { env, format, bundle });
    }
  } catch (error) {
    const paint = paintFor(process.stderr, env);
    process.exitCode = showError(error, { format, destination: process.stderr, paint, program });
  }
}

function rulesOf({ syncRules }: Config): ReadonlyMap<string, SyncRule> {
  return syncRules ? readSyncRules(syncRules.content, syncRules.path) : new Map();
}

async function status(wish: StatusWish, { dataDir }: Config, env: Env): Promise<void> {
  const { signal: interrupted, dispose } = untilInterrupted(process);
  // As when `| head` has seen enough.
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  const signal = AbortSignal.any([interrupted, unread.signal]);
  const paint = paintFor(process.stdout, env);
  await runStatusCommand(wish, resolve(dataDir), { screen: process.stdout, paint, signal }).finally(dispose);
}

/** Loaded only when asked for: a virtual cluster that runs has no use for it. */
async function snapshot(
  action: SnapshotAction,
  config: Config,
  { env, format }: { env: Env; format: LogFormat },
): Promise<string> {
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const progress = progressFor(format, log, env);
  const { runSnapshotCommand } = await import('./run-snapshot-command.ts');
  return await runSnapshotCommand(action, { config, log, progress });
}

async function doctor(
  wish: DoctorWish,
  config: Config,
  { env, bundle }: { env: Env; bundle: Bundle | undefined },
): Promise<boolean> {
  const { runDoctorCommand } = await import('./run-doctor-command.ts');
  const say = (text: string) => process.stdout.write(text);
  const [paint, cacheDir] = [paintFor(process.stdout, env), cacheFolder(env)];
  const { signal, dispose } = untilInterrupted(process);
  try {
    return await runDoctorCommand(wish, { config, rules: rulesOf(config), env, cacheDir, bundle, paint, say, signal });
  } finally {
    dispose();
  }
}

async function ui(wish: UiWish, config: Config, env: Env): Promise<void> {
  const { runUiCommand } = await import('./run-ui-command.ts');
  const { signal, dispose } = untilInterrupted(process);
  const say = (text: string) => process.stdout.write(text);
  await runUiCommand(wish, { config, env, say, signal }).finally(dispose);
}

async function uninstall(wish: UninstallWish, config: Config, { env, format }: { env: Env; format: LogFormat }) {
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const { runUninstallCommand } = await import('./run-uninstall-command.ts');
  const { confirm } = await import('./cli/confirm.ts');
  const streams = { input: process.stdin, output: process.stdout };
  await runUninstallCommand(wish, {
    config,
    rules: rulesOf(config),
    env,
    progress: progressFor(format, log, env),
    say: (text) => process.stdout.write(text),
    ask: process.stdin.isTTY ? async (question) => await confirm(question, streams) : undefined,
  });
}

async function controller(wish: ControllerWish, config: Config, { env, format }: { env: Env; format: LogFormat }) {
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const { runControllerCommand } = await import('./run-controller-command.ts');
  const { signal, dispose } = untilInterrupted(process);
  await runControllerCommand(wish, { config, env, log, signal }).finally(dispose);
}

/** Runs a command on a host that is no virtual cluster's own. */
async function onHost<T>(
  config: Config,
  { env, format, program }: { env: Env; format: LogFormat; program?: Program },
  work: (options: HostCommandOptions) => Promise<T>,
): Promise<T> {
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const { confirm } = await import('./cli/confirm.ts');
  const { signal, dispose } = untilInterrupted(process);
  // As when `| head` has seen enough.
  process.stdout.once('error', () => {});
  try {
    return await work({
      config,
      ...(program ? { program } : {}),
      env,
      progress: progressFor(format, log, env),
      onChange: (standing) => (isForPeople(format) ? undefined : log.info({ standing }, 'waiting')),
      onError: (error) => log.warn({ err: error }, 'no connection'),
      say: (text) => process.stdout.write(text),
      ask: process.stdin.isTTY
        ? async (question) => await confirm(question, { input: process.stdin, output: process.stdout })
        : undefined,
      signal,
      leaveSignals: () => {
        dispose();
        return process;
      },
    });
  } finally {
    dispose();
  }
}

function progressFor(format: LogFormat, log: Logger, env: Env): Progress {
  return isForPeople(format) ? terminalProgress(process.stderr, paintFor(process.stderr, env)) : loggedProgress(log);
}

function isForPeople(format: LogFormat): boolean {
  return process.stderr.isTTY && format === 'text';
}

async function run(
  config: Config,
  { env, format, bundle }: { env: Env; format: LogFormat; bundle: Bundle | undefined },
): Promise<void> {
  const sync = chooseKinds(config.sync, { rules: rulesOf(config) });
  const log = createLogger({ format, level: config.debug ? 'debug' : 'info', destination: process.stderr });
  const progress = progressFor(format, log, env);
  const { signal, dispose } = untilInterrupted(process);
  const cacheDir = cacheFolder(env);
  const dataDir = resolve(config.dataDir);
  const { onEnd, end } = createEnding({ log });
  try {
    const store = await openDataDir(dataDir, log);
    onEnd('state', () => store.close());
    await recordClusterId(store, config.id);
    const found = config.host === 'embedded' ? undefined : loadKubeconfig({ ...config, env });
    if (found) refuseOwnKubeconfig(found, resolve(config.writeKubeconfig));
    let host = found && { ...found, simulated: false };
    const failures: Promise<never>[] = [];
    if (!host) {
      const why = config.host === 'embedded' ? '' : 'no kubeconfig given or found: ';
      log.info(`${why}starting a throw-away host; its nodes are simulated, pods do not really run`);
      const embedded = await startEmbeddedHost({ dataDir, cacheDir, bundle, log, progress }, signal);
      onEnd('embedded host', () => embedded.stop());
      failures.push(embedded.failed);
      const embeddedConfig = parseKubeconfig(embedded.kubeconfig);
      host = {
        config: embeddedConfig,
        latest: () => embeddedConfig,
        source: 'embedded',
        namespace: undefined,
        simulated: true,
      };
    }
    await runVirtualCluster({
      config: { ...config, dataDir, writeKubeconfig: resolve(config.writeKubeconfig) },
      host,
      sync,
      failures,
      store,
      cacheDir,
      bundle,
      proxy: proxySettings(env),
      startControlPlane,
      transport: platform.egressTransport,
      log,
      progress,
      announce: (lines) => (isForPeople(format) ? process.stderr.write(lines) : undefined),
      signal,
    });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    await end().finally(() => {
      dispose();
      removeStatus(dataDir);
      endAnyway(process, { log });
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void main(process.argv.slice(2), process.env);
