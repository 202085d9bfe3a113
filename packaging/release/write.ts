import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from '../../src/version.ts';
import { writeChartArchive } from './chart-archive.ts';
import { writeReleaseFiles } from './release-files.ts';
import { billOfMaterials } from './sbom.ts';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({ options: { releases: { type: 'string' }, image: { type: 'string' } } });
if (!values.releases) throw new Error('give the address of the releases: --releases https://…/releases');
const dist = join(root, 'dist');
await writeChartArchive(dist, { chart: join(root, 'charts/k3k'), version, image: values.image });
await writeReleaseFiles(dist, {
  releases: values.releases,
  deploy: join(root, 'deploy'),
  bom: await billOfMaterials(root),
});
