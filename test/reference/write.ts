import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagsPage } from './flags-page.ts';
import { manPage } from './man-page.ts';

const docs = join(import.meta.dirname, '../../docs');
writeFileSync(join(docs, 'flags.md'), flagsPage());
writeFileSync(join(docs, 'k3v.1'), manPage());
