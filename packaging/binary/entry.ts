// Where the packaged k3v starts; bin/k3v is where k3v starts from its source tree.
import { programOf } from '../../src/cli/program.ts';
import { main } from '../../src/main.ts';
import { keepHeapSmall } from '../../src/platform/keep-heap-small.mjs';
import { thisBundle } from './this-bundle.ts';

// There may be a password or a token in it, and every user of this machine can see the arguments of a process.
if (process.argv.some((arg) => /^--(datastore-endpoint|token)/.test(arg))) process.title = 'k3v';
keepHeapSmall(process.env);
// A link has its own name there, and a copy, as on Windows, that of the file.
const program = programOf(process.argv0) === 'k3k' ? 'k3k' : programOf(process.execPath);
void main(process.argv.slice(2), process.env, { bundle: thisBundle, program });
