// `npm test`: installs the packages where they are not as the lock asks for, then runs every test on the Node that they bring along.
// With `--faults`, as `npm run test:faults`: the tests of faults alone, in their long form. With `--package`, as `npm run test:package`: those of the
// packaged files, which are left out otherwise, as they have to be made first.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../bin/packages.mjs';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const status = installPackages(root, { dev: true });
if (status !== 0) process.exit(status);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const given = process.argv.slice(2);
const isFaults = given[0] === '--faults';
const args = chosen(given);
const env = isFaults ? { ...process.env, K3V_FAULTS: 'full' } : process.env;
const command = given.length === 0 ? [join(root, 'test', 'whole', 'run.ts')] : [vitest, 'run', ...args];
process.exit(spawnSync(node, command, { cwd: root, env, stdio: 'inherit' }).status ?? 1);

/** @param {string[]} given */
function chosen([first, ...rest]) {
  if (first === '--faults' || first === '--package') return ['--project', first.slice(2), ...rest];
  const all = first === undefined ? [] : [first, ...rest];
  return all.some((arg) => arg.startsWith('--project')) ? all : ['--project', '!package', ...all];
}
