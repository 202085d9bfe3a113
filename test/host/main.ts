// Where a bundled k3v starts, with what bin/k3v and the packaged file set before anything is loaded, and for the same reasons.
import module from 'node:module';
import { join } from 'node:path';
import { keepHeapSmall } from '../../src/platform/keep-heap-small.mjs';

keepHeapSmall(process.env);
// Where the folder is read-only, as in an image, there is none.
module.enableCompileCache(join(import.meta.dirname, 'compiled'));
const { main } = await import('../../src/main.ts');
await main(process.argv.slice(2), process.env);
