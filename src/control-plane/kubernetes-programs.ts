import { buildGoPrograms, findGoPrograms, type GoBuildOptions } from './go-build.ts';
import { moduleDirectory } from './module-directory.ts';
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

type BuildEnvironment = Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>;

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
  const folder = (program: KubernetesProgram) => (program === 'agnhost' ? 'test/images' : 'cmd');
  return buildGoPrograms(
    {
      ...environment,
      moduleDir: await moduleDirectory(kubernetesModule(minor)),
      programs: programs.map((output) => ({ package: `k8s.io/kubernetes/${folder(output)}/${output}`, output })),
      ldflags: versionFlags(await kubernetesVersion(minor)),
      cgo: false,
    },
    signal,
  );
}

/**
 * Returns the folder that holds `kine`, built from `distro/kine`; rejects like `buildGoPrograms`. With a C compiler at hand it gets the
 * C SQLite, which builds in a minute or two; without one a translation of it to Go, which takes many.
 */
export async function buildKine(environment: BuildEnvironment, signal: AbortSignal): Promise<string> {
  const version = await pinnedVersion('kine', 'github.com/k3s-io/kine');
  const options = {
    ...environment,
    moduleDir: await moduleDirectory('kine'),
    programs: [{ package: 'github.com/k3s-io/kine', output: 'kine' }],
    ldflags: `-s -w -X github.com/k3s-io/kine/pkg/version.Version=${version}`,
  };
  for (const cgo of [true, false]) {
    const found = await findGoPrograms({ ...options, cgo });
    if (found !== undefined) return found;
  }
  return buildGoPrograms({ ...options, cgo: await hasCompiler(signal) }, signal);
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
