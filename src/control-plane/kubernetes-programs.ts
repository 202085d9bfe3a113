import { buildGoPrograms, findGoPrograms, type GoBuildOptions } from './go-build.ts';
import { hasKineForDrives, kineForDrives } from './kine-for-drives.ts';
import { moduleDirectory } from './module-directory.ts';
import type { Platform } from '../platform/platform.ts';
import { platform, platformOf } from '../platform/this-platform.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import { kubernetesModule, newestKubernetes } from './kubernetes-versions.ts';
import { pinnedVersion } from './pinned-version.ts';

/** Programs of the Kubernetes module, for the control plane and for test hosts. */
export type KubernetesProgram =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'kube-proxy'
  | 'agnhost';

type BuildEnvironment = Pick<GoBuildOptions, 'cacheDir' | 'target' | 'log' | 'progress'>;

const versionPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** Returns the pinned version of Kubernetes, for example `v1.36.3`. */
export function kubernetesVersion(minor: KubernetesMinor = newestKubernetes): Promise<string> {
  return pinnedVersion(kubernetesModule(minor), 'k8s.io/kubernetes');
}

/** Returns the folder that holds `programs` of Kubernetes `minor` (default: the newest), built from its folder in `distro/`; rejects like `buildGoPrograms`. */
export async function buildKubernetesPrograms(
  programs: readonly KubernetesProgram[],
  environment: BuildEnvironment,
  signal: AbortSignal,
  minor: KubernetesMinor = newestKubernetes,
): Promise<string> {
  return buildGoPrograms(await kubernetesBuild(programs, environment, minor), signal);
}

/** Whether those have been built before. */
export async function hasKubernetesPrograms(
  programs: readonly KubernetesProgram[],
  environment: BuildEnvironment,
  minor: KubernetesMinor,
): Promise<boolean> {
  return (await findGoPrograms(await kubernetesBuild(programs, environment, minor))) !== undefined;
}

async function kubernetesBuild(
  programs: readonly KubernetesProgram[],
  environment: BuildEnvironment,
  minor: KubernetesMinor,
): Promise<GoBuildOptions> {
  const folder = (program: KubernetesProgram) => (program === 'agnhost' ? 'test/images' : 'cmd');
  return {
    ...environment,
    moduleDir: await moduleDirectory(kubernetesModule(minor)),
    programs: programs.map((output) => ({ package: `k8s.io/kubernetes/${folder(output)}/${output}`, output })),
    ldflags: versionFlags(await kubernetesVersion(minor)),
    cgo: false,
  };
}

/**
 * Returns the folder that holds `kine`, built from `distro/kine`; rejects like `buildGoPrograms`. With a C compiler at hand it gets the
 * C SQLite, which builds in a minute or two; without one, or with a `target`, a translation of it to Go, which takes some more.
 */
export async function buildKine(environment: BuildEnvironment, signal: AbortSignal): Promise<string> {
  const options = await kineBuild(environment, signal);
  // For another machine there may be no C compiler, and a program linked with one asks for a C library there.
  if (environment.target) return buildGoPrograms({ ...options, cgo: false }, signal);
  const found = await findBuilt(options);
  return found ?? buildGoPrograms({ ...options, cgo: await hasCompiler(signal) }, signal);
}

/** Whether it has been built before. */
export async function hasKine(environment: BuildEnvironment): Promise<boolean> {
  const isUnprepared = systemOf(environment).hasDrives && !(await hasKineForDrives(environment.cacheDir));
  if (isUnprepared) return false;
  return (await findBuilt(await kineBuild(environment, AbortSignal.abort()))) !== undefined;
}

function systemOf({ target }: BuildEnvironment): Platform {
  return target ? platformOf(target.platform) : platform;
}

async function kineBuild(environment: BuildEnvironment, signal: AbortSignal): Promise<Omit<GoBuildOptions, 'cgo'>> {
  const version = await pinnedVersion('kine', 'github.com/k3s-io/kine');
  const { hasDrives } = systemOf(environment);
  return {
    ...environment,
    moduleDir: hasDrives ? await kineForDrives(environment.cacheDir, signal) : await moduleDirectory('kine'),
    programs: [{ package: 'github.com/k3s-io/kine', output: 'kine' }],
    ldflags: `-s -w -X github.com/k3s-io/kine/pkg/version.Version=${version}`,
  };
}

async function findBuilt(options: Omit<GoBuildOptions, 'cgo'>): Promise<string | undefined> {
  for (const cgo of [true, false]) {
    const found = await findGoPrograms({ ...options, cgo });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Without these kubectl cannot parse the server's version: a module build knows nothing of git. */
function versionFlags(version: string): string {
  const [major = '', minor = ''] = version.replace(/^v/, '').split('.');
  const facts = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: version,
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
  };
  const stamps = versionPackages.flatMap((path) => Object.entries(facts).map(([k, v]) => `-X ${path}.${k}=${v}`));
  return ['-s -w', ...stamps].join(' ');
}

async function hasCompiler(signal: AbortSignal): Promise<boolean> {
  const { execa } = await import('execa');
  const results = await Promise.all(
    ['cc', 'gcc'].map((name) => execa(name, ['--version'], { reject: false, stdin: 'ignore', cancelSignal: signal })),
  );
  return results.some((result) => !result.failed);
}
