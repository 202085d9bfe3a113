import { execa } from 'execa';

/**
 * Returns why something cannot be had here, undefined if it can: `missing` says which Debian packages it lacks. As root on Debian and its like
 * they are installed first.
 */
export async function installMissing(missing: () => Promise<string[]>): Promise<string | undefined> {
  const names = await missing();
  if (names.length === 0) return undefined;
  if (process.getuid?.() !== 0 || !(await hasProgram('apt-get'))) return `it needs ${names.join(', ')}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...names];
  for (const args of [['update'], install]) {
    const { failed, all } = await execa('apt-get', args, { env, all: true, reject: false, stdin: 'ignore' });
    if (failed) return `apt-get ${args.join(' ')} failed: ${all.split('\n').slice(-3).join(' ')}`;
  }
  const left = await missing();
  return left.length === 0 ? undefined : `apt-get did not bring ${left.join(', ')}`;
}

/** Returns the packages of programs, each with that which has it, that the shell does not find. */
export async function packagesOfMissing(packages: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(packages).map(async ([program, name]) => ((await hasProgram(program)) ? [] : [name])),
  );
  return [...new Set(found.flat())];
}

/** Whether the shell finds `name`. */
async function hasProgram(name: string): Promise<boolean> {
  return !(await execa('sh', ['-c', 'command -v "$0"', name], { reject: false, stdin: 'ignore' })).failed;
}
