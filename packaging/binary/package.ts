// `npm run package [-- <target> …] [--with-distro kubernetes|k3s|none] [--k3s-binary <file>] [--output-dir dist]`: makes dist/k3v-<target>, one file that
// runs where there is neither Node nor Go. With `k3s` it carries that binary, with `none` no control plane.
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheFolder } from '../../src/cache-folder.ts';
import { terminalProgress } from '../../src/cli/terminal-progress.ts';
import { withBuildLock } from '../../src/control-plane/build-lock.ts';
import { within } from '../../src/progress.ts';
import { appendParts } from './append-parts.ts';
import { bundleScript } from './bundle-script.ts';
import { placeParts } from './compress-part.ts';
import { signAdHoc, withoutMacosSignature } from './macos-signature.ts';
import { type CarriedDistro, makeParts } from './parts.ts';
import { runPkg } from './run-pkg.ts';
import { type Target, targetNamed, targets } from './targets.ts';

const cacheDir = cacheFolder(process.env);
const work = join(cacheDir, 'package');
const home = join(work, 'home');
const progress = terminalProgress(process.stderr);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'with-distro': { type: 'string', default: 'kubernetes' },
    'k3s-binary': { type: 'string' },
    'output-dir': { type: 'string', default: join(import.meta.dirname, '../../dist') },
  },
});
const dist = resolve(values['output-dir']);
const distro = distroOf(values['with-distro'], values['k3s-binary']);
for (const target of positionals.length === 0 ? targets : positionals.map(targetNamed)) {
  const { signal } = new AbortController();
  const onWait = () => process.stderr.write(`waiting for another npm run package that makes ${target.output}\n`);
  // Its files lie where those of the other do: the path of the script is in the file, and is to be the same each time.
  await withBuildLock(join(work, `${target.name}.lock`), { onWait, signal }, async () => await makePackage(target));
}

async function makePackage(target: Target): Promise<void> {
  const folder = join(work, target.name);
  await rm(folder, { recursive: true, force: true });
  const parts = await makeParts({ target, distro, folder, home, cacheDir, progress });
  const step = progress.step(`making ${target.output}`);
  const size = await within(step, async () => {
    const script = join(folder, 'k3v.cjs');
    await bundleScript(script, { target: target.name, parts: placeParts(parts) });
    const made = join(folder, target.output);
    await runPkg(script, made, { target, home });
    const paths = parts.map(({ path }) => path);
    if (target.platform === 'darwin') await writeFile(made, withoutMacosSignature(await readFile(made)));
    await appendParts(made, paths);
    if (target.platform === 'darwin') await writeFile(made, signAdHoc(await readFile(made), 'k3v'));
    await mkdir(dist, { recursive: true });
    await rename(made, join(dist, target.output));
    return (await stat(join(dist, target.output))).size;
  });
  step.done(`${(size / 1e6).toFixed(0)} MB`);
  await rm(folder, { recursive: true });
}

function distroOf(name: string, binary: string | undefined): CarriedDistro {
  if ((name === 'kubernetes' || name === 'none') && binary === undefined) return { name };
  if (name === 'k3s' && binary !== undefined) return { name, binary: resolve(binary) };
  throw new Error('--with-distro is kubernetes, none, or k3s with --k3s-binary <a k3s for the target>');
}
