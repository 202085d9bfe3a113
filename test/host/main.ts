// Where a bundled k3v starts, with what bin/k3v and the packaged file set before anything is loaded, and for the same reasons.
import module from 'node:module';
import { join } from 'node:path';
import v8 from 'node:v8';

v8.setFlagsFromString('--semi-space-growth-factor=1');
// Where the folder is read-only, as in an image, there is none.
module.enableCompileCache(join(import.meta.dirname, 'compiled'));
const { main } = await import('../../src/main.ts');
await main(process.argv.slice(2), process.env);
