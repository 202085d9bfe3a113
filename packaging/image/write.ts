import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileExists } from '../../src/file-exists.ts';
import { version } from '../../src/version.ts';
import { writeK3vImage } from './k3v-image.ts';

const dist = join(import.meta.dirname, '../../dist');
const { values } = parseArgs({ options: { name: { type: 'string', default: `k3v:${version}` } } });
const built = { amd64: join(dist, 'k3v-linux-x64'), arm64: join(dist, 'k3v-linux-arm64') };
const found: Record<string, string> = {};
for (const [architecture, file] of Object.entries(built)) {
  if (await fileExists(file)) found[architecture] = file;
}
const archive = join(dist, 'k3v-image.tar');
await writeK3vImage(values.name, found, archive);
process.stdout.write(`${values.name} for ${Object.keys(found).join(', ')}: ${archive}\n`);
