import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { fileExists } from '../../src/file-exists.ts';
import { nodeVersion, type Target } from './targets.ts';
import { withoutWindowsSignature } from './windows-signature.ts';

/**
 * Puts Node's binary for `target` where pkg looks for it: `<home>/.pkg-cache/sea/…`. pkg would take it from nodejs.org; here it comes from npm, checked
 * by the hash in the table of targets, as that is what has a mirror wherever the rest can be installed. Returns the path of the binary.
 */
export async function seedNodeBase(target: Target, home: string): Promise<string> {
  const folder = join(home, '.pkg-cache', 'sea');
  const isWindows = target.platform === 'win32';
  const base = join(folder, `node-v${nodeVersion}-${pkgName(target)}`);
  const binary = isWindows ? `${base}.exe` : join(base, 'bin', 'node');
  const licence = nodeLicenceFile(home);
  // The package for Windows alone has none.
  if (!(await fileExists(`${binary}.ok`)) || !(isWindows || (await fileExists(licence)))) {
    await mkdir(dirname(binary), { recursive: true });
    const tarball = await fetchTarball(target, folder);
    const temporary = join(folder, `unpack-${target.name}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    const inside = isWindows ? 'package/bin/node.exe' : 'package/bin/node';
    await execa('tar', ['-xzf', tarball, '-C', temporary, 'package']);
    if (!isWindows) await rename(join(temporary, 'package/LICENSE'), licence);
    if (isWindows) await writeFile(binary, withoutWindowsSignature(await readFile(join(temporary, inside))));
    else await rename(join(temporary, inside), binary);
    await chmod(binary, 0o755);
    await rm(temporary, { recursive: true });
    await rm(tarball);
    await writeFile(`${binary}.ok`, '');
  }
  // pkg asks only whether these are there: then it neither downloads nor unpacks.
  const archive = `${base}${isWindows ? '.zip' : '.tar.gz'}`;
  for (const file of [archive, `${archive}.ok`]) await writeFile(file, '');
  return binary;
}

/** Returns where the licence of Node lies, with those of what is built into it, once `seedNodeBase` has seen to any target but Windows. It is the same for all. */
export function nodeLicenceFile(home: string): string {
  return join(home, `node-v${nodeVersion}-LICENSE`);
}

/** Returns the name of the platform in pkg's cache, which is Node's own. */
function pkgName({ platform, arch }: Target): string {
  return `${platform === 'win32' ? 'win' : platform}-${arch}`;
}

async function fetchTarball({ node }: Target, folder: string): Promise<string> {
  await execa('npm', ['pack', '--silent', '--pack-destination', folder, `${node.package}@${nodeVersion}`], {
    stderr: 'inherit',
    shell: process.platform === 'win32',
  });
  const tarball = join(folder, `${node.package}-${nodeVersion}.tgz`);
  const found = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (found === node.integrity) return tarball;
  await rm(tarball);
  throw new Error(`${node.package}@${nodeVersion} has the hash ${found}, not ${node.integrity}`);
}
