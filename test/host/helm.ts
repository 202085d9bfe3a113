import { join } from 'node:path';
import { buildGoPrograms, type GoBuildOptions } from '../../src/control-plane/go-build.ts';

const modulePath = 'helm.sh/helm/v3';
/** What its releases are told when they are built: its own version, and that of Kubernetes that `helm template` takes for granted. */
const told = {
  [`${modulePath}/internal/version.version`]: 'v3.22.0',
  [`${modulePath}/pkg/chartutil.k8sVersionMajor`]: '1',
  [`${modulePath}/pkg/chartutil.k8sVersionMinor`]: '36',
};

/** Returns the path of helm, built if it is missing in the cache: some minutes. Rejects like `buildGoPrograms`. */
export async function buildHelm(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<string> {
  const moduleDir = join(import.meta.dirname, 'modules', 'helm');
  const programs = [{ package: `${modulePath}/cmd/helm`, output: 'helm' }];
  const ldflags = ['-s -w', ...Object.entries(told).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  const folder = await buildGoPrograms({ ...environment, moduleDir, ldflags, cgo: false, programs }, signal);
  return join(folder, 'helm');
}
