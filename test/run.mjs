// `npm test`: installs the packages where they are not as the lock asks for, then runs every test on the Node that they bring along.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../bin/packages.mjs';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const status = installPackages(root, { dev: true });
if (status !== 0) process.exit(status);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
process.exit(spawnSync(node, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' }).status ?? 1);
