import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { terminalProgress } from '../../src/cli/terminal-progress.ts';
import { makeConformanceImages } from '../host/conformance-images.ts';
import type { E2ePrograms } from '../host/conformance-programs.ts';
import { startRealHost } from '../host/real-host.ts';
import type { TestHost } from '../host/test-host.ts';
import { kubectlFor, startK3v } from '../support/k3v-process.ts';

const port = 27_843;
const hostNamespace = 'tenant';

/** Starts a real host of two nodes with the images of the conformance tests. */
export async function startConformanceHost(programs: E2ePrograms): Promise<TestHost> {
  return await startRealHost({
    name: 'conformance',
    nodes: 2,
    moreImages: async (hostPrograms, folder) => await makeConformanceImages({ ...hostPrograms, ...programs }, folder),
    progress: terminalProgress(process.stderr),
  });
}

/** Starts k3v on `host`, in a namespace of its own; its log goes to `logFile`. */
export async function startVirtualOn(host: TestHost, logFile: string): Promise<Pick<TestHost, 'kubeconfig' | 'stop'>> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-conformance-'));
  const log = createWriteStream(logFile);
  const removeFiles = async () => {
    log.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await (await kubectlFor(host.kubeconfig))('create', 'namespace', hostNamespace);
    const where = ['--kubeconfig', host.kubeconfig, '--namespace', hostNamespace, '--listen-port', String(port)];
    // Some specs run pods that the bare host lets run, too.
    const flags = [...where, '--isolation', 'none'];
    const k3v = await startK3v(folder, flags, { onOutput: (text) => log.write(text) });
    const stop = async () => {
      await k3v.end('SIGTERM');
      await removeFiles();
    };
    return { kubeconfig: k3v.kubeconfig, stop };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}
