import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TestHost } from '../host/test-host.ts';
import { openGuideHome } from './guide-home.ts';
import { applyHostRole } from './host-role.ts';
import { kubectlFor } from './k3v-process.ts';

const namespace = 'team-a';

/** Where the host puts a pod is for it to say: a word that stands for another on a page. */
export const anyNode = ['node2', 'node1'] as const;

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
  // What a reader's machine has, and this one may not.
  const guide = await openGuideHome({ K3V_DISTRO: 'kubernetes', K3V_LISTEN_PORT: port });
  let host: TestHost | undefined;
  try {
    host = await startHost();
    const inHome = (name: string) => join(guide.home, name);
    await (await kubectlFor(host.kubeconfig))('create', 'namespace', namespace);
    const { kubeconfig } = await applyHostRole({ hostKubeconfig: host.kubeconfig, namespace, folder: guide.folder });
    await copyFile(kubeconfig, inHome('host.yaml'));
    await copyFile(host.kubeconfig, inHome('admin.yaml'));
    for (const file of files) await copyFile(file, inHome(basename(file)));
    return await guide.play(page, { shownAs: [[port, '7443'], anyNode] });
  } finally {
    await guide.close();
    await host?.stop();
  }
}
