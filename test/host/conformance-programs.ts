import { join } from 'node:path';
import { buildGoPrograms, type GoBuildOptions } from '../../src/control-plane/go-build.ts';
import { runGo } from '../../src/control-plane/go-tool.ts';
import type { HostPrograms } from './programs.ts';

/** What `npm run conformance` needs beyond a host. */
export interface E2ePrograms {
  /** Kubernetes' own end-to-end tests. */
  e2e: string;
  nonewprivs: string;
  'sample-apiserver': string;
  etcd: string;
  /** Folder of the module k8s.io/kubernetes. */
  kubernetesSource: string;
}

export type ConformancePrograms = E2ePrograms & Pick<HostPrograms, 'agnhost'>;

const moduleDir = join(import.meta.dirname, 'modules', 'conformance');
const imagePrograms = {
  nonewprivs: 'k8s.io/kubernetes/test/images/nonewprivs',
  'sample-apiserver': 'k8s.io/sample-apiserver',
  etcd: 'k3v.io/test/host/conformance/etcd',
};

/** Returns the path of etcd's server, built if it is missing in the cache: a minute or two. Rejects like `buildGoPrograms`. */
export async function buildEtcd(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<string> {
  const programs = [{ package: imagePrograms.etcd, output: 'etcd' }];
  return join(
    await buildGoPrograms({ ...environment, moduleDir, ldflags: '-s -w', cgo: false, programs }, signal),
    'etcd',
  );
}

/** Builds what is missing in the cache; rejects like `buildGoPrograms`. */
export async function buildE2ePrograms(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<E2ePrograms> {
  const options = { ...environment, moduleDir, ldflags: '-s -w', cgo: false };
  const tests = [{ package: 'k8s.io/kubernetes/test/e2e', output: 'e2e.test' }];
  const programs = Object.entries(imagePrograms).map(([output, path]) => ({ package: path, output }));
  await buildGoPrograms({ ...options, programs }, signal);
  const folder = await buildGoPrograms({ ...options, programs: tests, tests: true }, signal);
  const list = ['list', '-m', '-f', '{{.Dir}}', 'k8s.io/kubernetes'];
  return {
    e2e: join(folder, 'e2e.test'),
    nonewprivs: join(folder, 'nonewprivs'),
    'sample-apiserver': join(folder, 'sample-apiserver'),
    etcd: join(folder, 'etcd'),
    kubernetesSource: (await runGo({ moduleDir, cgo: false, signal }, list)).trim(),
  };
}
