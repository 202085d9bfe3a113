// Where the packaged k3v starts; bin/k3v is where k3v starts from its source tree.
import v8 from 'node:v8';
import { programOf } from '../../src/cli/program.ts';
import { main } from '../../src/main.ts';
import { thisBundle } from './this-bundle.ts';

// There may be a password or a token in it, and every user of this machine can see the arguments of a process.
if (process.argv.some((arg) => /^--(datastore-endpoint|token)/.test(arg))) process.title = 'k3v';
// See bin/k3v.
v8.setFlagsFromString('--semi-space-growth-factor=1');
// A link has its own name there, and a copy, as on Windows, that of the file.
const program = programOf(process.argv0) === 'k3k' ? 'k3k' : programOf(process.execPath);
void main(process.argv.slice(2), process.env, { bundle: thisBundle, program });
