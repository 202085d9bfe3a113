// Says whether the packages of node_modules are those that package-lock.json asks for, and installs them if not. Runs on
// Node 20 and without any package, as it is what runs first on a fresh clone.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Installs the packages with `npm ci` unless they are there as the lock asks for. Returns npm's exit code, 0 if there was
 * nothing to do. With `dev` the packages of development must be there too.
 * @param {string} root folder of package-lock.json
 * @param {{ dev: boolean }} options
 * @returns {number}
 */
export function installPackages(root, options) {
  const reason = whyInstall(root, options);
  if (reason === undefined) return 0;
  process.stderr.write(`installing packages (npm ci): ${reason}\n`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  return status ?? 1;
}

/**
 * Returns what of package-lock.json is not so in node_modules, or undefined if all is. It compares versions and checksums with the
 * lock that npm leaves in node_modules, since git and npm set file times as they please. What is not a part of a source tree
 * with a lock, as when npm itself installed k3v, is left alone.
 * @param {string} root
 * @param {{ dev: boolean }} options
 * @returns {string | undefined}
 */
export function whyInstall(root, { dev }) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined) return undefined;
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'there are none yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const name = path.replace(/^.*node_modules\//, '');
    const found = installed[path];
    const needed = !entry.optional && !entry.devOptional && (dev || !entry.dev);
    if (found === undefined && needed) return `${name} is missing`;
    if (found !== undefined && identityOf(found) !== identityOf(entry)) {
      return `${name} is ${found.version}, package-lock.json asks for ${entry.version}`;
    }
  }
  const extra = Object.keys(installed).find((path) => !(path in wanted));
  return extra === undefined ? undefined : `${extra.replace(/^.*node_modules\//, '')} is not in package-lock.json`;
}

function identityOf({ version, integrity, resolved }) {
  return `${version} ${integrity ?? resolved}`;
}

/** The packages of a lock file by path, or undefined if there is no lock file that can be read. */
function packagesOf(file) {
  try {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return typeof packages === 'object' && packages !== null ? packages : undefined;
  } catch {
    return undefined;
  }
}
