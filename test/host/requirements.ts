import { execa } from 'execa';

/** Programs, and the Debian package that has each. */
type Packages = Readonly<Record<string, string>>;

const hostPackages: Packages = {
  ip: 'iproute2',
  iptables: 'iptables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  tar: 'tar',
  busybox: 'busybox-static',
  gcc: 'gcc',
  'pkg-config': 'pkg-config',
};
const seccompPackage = 'libseccomp-dev';

/**
 * Returns why no real host can run here, undefined if one can. As root on Debian and its like, what is missing is installed first.
 * `more` is needed as well.
 */
export async function realHostUnavailable(more: Packages = {}): Promise<string | undefined> {
  const packages = { ...hostPackages, ...more };
  if (process.platform !== 'linux') return `a real host needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a real host needs root (network and mount namespaces)';
  const missing = await missingPackages(packages);
  if (missing.length === 0) return undefined;
  if (!(await hasProgram('apt-get'))) return `a real host needs ${missing.join(', ')}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  for (const args of [['update'], install]) {
    const { failed, all } = await execa('apt-get', args, { env, all: true, reject: false, stdin: 'ignore' });
    if (failed) return `apt-get ${args.join(' ')} failed: ${all.split('\n').slice(-3).join(' ')}`;
  }
  const left = await missingPackages(packages);
  return left.length === 0 ? undefined : `apt-get did not bring ${left.join(', ')}`;
}

async function missingPackages(packages: Packages): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(packages).map(async ([program, name]) => ((await hasProgram(program)) ? [] : [name])),
  );
  const seccomp = await execa('pkg-config', ['--exists', 'libseccomp'], { reject: false, stdin: 'ignore' });
  return [...new Set([...found.flat(), ...(seccomp.failed ? [seccompPackage] : [])])];
}

async function hasProgram(name: string): Promise<boolean> {
  return !(await execa('sh', ['-c', 'command -v "$0"', name], { reject: false, stdin: 'ignore' })).failed;
}
