import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from './cli/config.ts';
import { type Status, readStatus } from './cli/status.ts';
import type { UiWish } from './cli/ui-command.ts';
import { K3vError } from './errors.ts';
import { type HostConfig, needKubeconfig } from './host/load-kubeconfig.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import { type Kubeconfig, currentOf, parseKubeconfig } from './kube/kubeconfig.ts';
import { createTranslator } from './translate/translator.ts';
import { clusterFacts } from './ui/cluster-facts.ts';
import { createFeed, type Feed } from './ui/feed.ts';
import { buildPageFiles } from './ui/page-files.ts';
import { startPageServer } from './ui/page-server.ts';
import { createPodPairs } from './ui/pod-pairs.ts';
import { userAgent } from './version.ts';

/**
 * Serves the page of `k3v ui` for the k3v that runs on the data directory, until `signal` aborts. `say` prints its address, once it is there. Rejects with NOT_RUNNING,
 * PORT_IN_USE, HOST_CONFIG_MISSING (of either side) or, for another host than k3v's, FLAG_INVALID, and as `loadKubeconfig` does.
 */
export async function runUiCommand(
  { port }: UiWish,
  {
    config,
    env,
    say,
    signal,
  }: {
    config: Pick<Config, 'dataDir' | 'kubeconfig' | 'context'>;
    env: Record<string, string | undefined>;
    say: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const dataDir = resolve(config.dataDir);
  const status = readStatus(dataDir);
  const hostConfig = hostOf(status, config, env);
  const tenantConfig = await readTenantConfig(status);
  const files = await buildPageFiles();
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const virtual = clientFromKubeConfig(tenantConfig);
  const host = clientFromKubeConfig(hostConfig.config, { latest: hostConfig.latest, userAgent });
  const translator = createTranslator({ id: status.id, hostNamespace: status.host.namespace });
  let feed: Feed | undefined;
  const pairs = createPodPairs({
    virtual,
    host,
    translator,
    onChange: (key, side) => feed?.podChanged(key, side),
    onSample: (sample) => feed?.sampled(sample),
    onError: (side, error) => feed?.failed(side, watchFailed(side, error)),
  });
  const running = pairs.run(either);
  feed = createFeed({ pairs, readFacts: () => factsOf(dataDir) });
  try {
    const token = randomBytes(32).toString('base64url');
    const server = await startPageServer({ files, feed, token, port }).catch((error: unknown) => {
      throw portError(error, port);
    });
    say(`${server.url}\n`);
    await running;
    await server.stop();
  } finally {
    ending.abort(new Error('ending'));
    feed.close();
    await running;
    virtual.close();
    host.close();
  }
}

async function readTenantConfig({ kubeconfig }: Status): Promise<Kubeconfig> {
  const text = await readFile(kubeconfig, 'utf8').catch((cause: unknown) => {
    throw new K3vError('HOST_CONFIG_MISSING', `the tenant's kubeconfig ${kubeconfig} cannot be read`, {
      hint: 'Put it back, or start k3v again, which writes it.',
      cause,
    });
  });
  return parseKubeconfig(text);
}

/** The throw-away host lies in the data directory; any other has to be the one that k3v has found. */
function hostOf(
  { host }: Status,
  config: Pick<Config, 'dataDir' | 'kubeconfig' | 'context'>,
  env: Record<string, string | undefined>,
): HostConfig {
  const own = join(resolve(config.dataDir), 'embedded-host', 'kubeconfig.yaml');
  const given = host.simulated ? { kubeconfig: own, context: undefined, env: {} } : { ...config, env };
  const found = needKubeconfig(given, `Give the one that k3v runs with, by --kubeconfig: that of ${host.server}.`);
  const server = currentOf(found.config).cluster?.server;
  if (server === host.server) return found;
  throw new K3vError('FLAG_INVALID', `${found.source} leads to ${server}, and k3v runs on ${host.server}`, {
    hint: 'Give the kubeconfig and the context that k3v runs with, by --kubeconfig and --context.',
  });
}

function factsOf(dataDir: string) {
  try {
    return clusterFacts(readStatus(dataDir));
  } catch (error) {
    if (error instanceof K3vError && error.code === 'NOT_RUNNING') return undefined;
    throw error;
  }
}

function watchFailed(side: 'virtual' | 'host', error: unknown): string {
  const which = side === 'virtual' ? 'The API server of the virtual cluster' : 'The API server of the host';
  return `${which} cannot be watched: ${error instanceof Error ? error.message : String(error)}`;
}

function portError(error: unknown, port: number): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) return error;
  return new K3vError('PORT_IN_USE', `port ${port} of 127.0.0.1 is taken`, {
    hint: 'Give another one with --port, or none: then a free one is taken.',
    cause: error,
  });
}
