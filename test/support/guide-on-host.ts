import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cacheDir } from '../host/cache-dir.ts';
import type { TestHost } from '../host/test-host.ts';
import { differences, playGuide, withOutputs } from './guide.ts';
import { openGuideShell } from './guide-shell.ts';
import { applyHostRole } from './host-role.ts';
import { kubectlFor, kubectlProgram } from './k3v-process.ts';

const root = join(import.meta.dirname, '../..');
const namespace = 'team-a';

/**
 * Plays `page` (a path in the repository) on a host with real pods and returns what it shows otherwise; with `K3V_WRITE_GUIDES=1` writes there what was said, and returns
 * nothing. In the folder lie `files`, `admin.yaml`, and `host.yaml`: what `k3v host-role` gives in the namespace team-a.
 */
export async function playOnHost({
  page,
  files,
  port,
  startHost,
}: {
  page: string;
  files: readonly string[];
  /** Of the virtual API server; shown as 7443. */
  port: string;
  startHost: () => Promise<TestHost>;
}): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-guide-'));
  const [home, bin] = [join(folder, 'me'), join(folder, 'bin')];
  for (const each of [home, bin]) await mkdir(each);
  const k3v = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/k3v')}' "$@"\n`;
  await writeFile(join(bin, 'k3v'), k3v, { mode: 0o755 });
  const kubectl = await kubectlProgram();
  const host = await startHost();
  const shell = openGuideShell(home, {
    HOME: home,
    PATH: `${bin}:${dirname(kubectl)}:/usr/bin:/bin`,
    // What a reader's machine has, and this one may not.
    K3V_DISTRO: 'kubernetes',
    K3V_LISTEN_PORT: port,
    XDG_CACHE_HOME: join(cacheDir(), '..'),
  });
  try {
    await (await kubectlFor(host.kubeconfig))('create', 'namespace', namespace);
    const { kubeconfig } = await applyHostRole({ hostKubeconfig: host.kubeconfig, namespace, folder });
    await copyFile(kubeconfig, join(home, 'host.yaml'));
    await copyFile(host.kubeconfig, join(home, 'admin.yaml'));
    for (const file of files) await copyFile(file, join(home, basename(file)));
    const markdown = await readFile(join(root, page), 'utf8');
    const shownAs = [
      [port, '7443'],
      // Where the host puts a pod is for it to say.
      ['node2', 'node1'],
    ] as const;
    const played = await playGuide(markdown, { shell, folder: home, shownAs });
    if (!process.env['K3V_WRITE_GUIDES']) return differences(played);
    await writeFile(join(root, page), withOutputs(markdown, played));
    return [];
  } finally {
    await shell.close();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
