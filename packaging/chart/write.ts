import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../src/cache-folder.ts';
import { loggedProgress } from '../../src/cli/terminal-progress.ts';
import { startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { loadKubeconfig } from '../../src/host/load-kubeconfig.ts';
import { clientFromKubeConfig } from '../../src/kube/client-from-kubeconfig.ts';
import { createLogger } from '../../src/log.ts';
import { clusterRoleFile, clusterRoleTemplate } from './cluster-role.ts';
import { crdFiles, crdFolder } from './crd-files.ts';

/** `npm run crds`: writes the ClusterRole of the chart, and its definitions, with the help of an API server of its own. */
await writeFile(join(import.meta.dirname, '../..', clusterRoleFile), clusterRoleTemplate());
const dataDir = await mkdtemp(join(tmpdir(), 'k3v-crds-'));
const log = createLogger({ format: 'text', level: 'info', destination: process.stderr });
const environment = { cacheDir: cacheFolder(process.env), log, progress: loggedProgress(log), dataDir };
const host = await startEmbeddedHost(environment, new AbortController().signal);
try {
  const loaded = loadKubeconfig({ kubeconfig: host.kubeconfigPath, context: undefined, env: {} });
  if (!loaded) throw new Error(`no kubeconfig at ${host.kubeconfigPath}`);
  const client = clientFromKubeConfig(loaded.config);
  const folder = join(import.meta.dirname, '../..', crdFolder);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of await crdFiles(client)) await writeFile(join(folder, name), text);
  client.close();
} finally {
  await host.stop();
  await rm(dataDir, { recursive: true, force: true });
}
