import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../../src/control-plane/certificates.ts';
import { kubeconfigYaml } from '../../src/control-plane/kubeconfig.ts';

export interface FakeK3sOptions {
  /** Default: `v1.36.1+k3s1`. */
  version?: string;
  port: number;
  /** So often `/readyz` answers 500 before it answers ok. Default: 2. */
  notReadyTimes?: number;
  /** Makes `k3s server` end at once with this on standard error. */
  lastWords?: string;
}

export interface FakeK3s {
  /** An executable file called k3s. */
  path: string;
  folder: string;
  caPem: string;
  /** What the last `k3s server` was started with. */
  report(): Promise<{ args: string[]; env: Record<string, string> }>;
}

/** Writes an executable `k3s` into `folder` that behaves as a k3s of that version; see test/fixtures/fake-k3s.mjs. */
export async function makeFakeK3s(folder: string, options: FakeK3sOptions): Promise<FakeK3s> {
  const { version = 'v1.36.1+k3s1', port, notReadyTimes = 2, lastWords } = options;
  await mkdir(folder, { recursive: true });
  const authority = await createAuthority('k3s-server-ca');
  const [server, client] = await Promise.all([
    authority.issue({ commonName: 'k3s', ipAddresses: ['127.0.0.1'], usages: ['server'], days: 1 }),
    authority.issue({ commonName: 'system:admin', organizations: ['system:masters'], usages: ['client'], days: 1 }),
  ]);
  const kubeconfig = kubeconfigYaml({
    server: `https://127.0.0.1:${port}`,
    caPem: authority.certPem,
    ...client,
    contextName: 'default',
  });
  const settingsPath = join(folder, 'settings.json');
  const reportPath = join(folder, 'report.json');
  const minor = Number(version.split('.')[1]);
  await writeFile(
    settingsPath,
    JSON.stringify({
      versionOutput: `k3s version ${version} (0ab1c2d3)\ngo version go1.26.1\n`,
      laterControllers: [
        ...(minor < 29 ? ['taint-eviction-controller'] : []),
        ...(minor < 33 ? ['device-taint-eviction-controller'] : []),
      ],
      caPem: authority.certPem,
      server,
      kubeconfig,
      notReadyTimes,
      lastWords,
      reportPath,
    }),
  );
  const path = join(folder, 'k3s');
  const script = fileURLToPath(new URL('../fixtures/fake-k3s.mjs', import.meta.url));
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${settingsPath}' "$@"\n`);
  await chmod(path, 0o755);
  return {
    path,
    folder,
    caPem: authority.certPem,
    report: async () => JSON.parse(await readFile(reportPath, 'utf8')),
  };
}
