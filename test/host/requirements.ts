import { execa } from 'execa';
import { installMissing, packagesOfMissing } from './debian-packages.ts';

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
  const reason = await installMissing(async () => await missingPackages(packages));
  return reason === undefined ? undefined : `a real host cannot be had: ${reason}`;
}

async function missingPackages(packages: Packages): Promise<string[]> {
  const found = await packagesOfMissing(packages);
  const seccomp = await execa('pkg-config', ['--exists', 'libseccomp'], { reject: false, stdin: 'ignore' });
  return [...new Set([...found, ...(seccomp.failed ? [seccompPackage] : [])])];
}
