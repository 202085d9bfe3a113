import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '../../src/version.ts';

/** The last step of `npm run raise-version`: gives the chart the version of k3v, as its own and as that of its image. */
const file = join(import.meta.dirname, '../../charts/k3k/Chart.yaml');
const before = await readFile(file, 'utf8');
await writeFile(file, before.replace(/^(version|appVersion): .*$/gm, `$1: ${version}`));
