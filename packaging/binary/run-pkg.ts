import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { seedNodeBase } from './node-base.ts';
import { nodeVersion, targetFor, type Target } from './targets.ts';

/** Makes of `script` and Node one executable file `output` for the target, with pkg. pkg gets a home of its own, as its cache is found in no other way. */
export async function runPkg(
  script: string,
  output: string,
  { target, home }: { target: Target; home: string },
): Promise<void> {
  // The blob has to be made by the very version of Node that reads it.
  const node = await seedNodeBase(targetFor(process), home);
  await seedNodeBase(target, home);
  await rm(output, { force: true });
  const pkg = fileURLToPath(import.meta.resolve('@yao-pkg/pkg/lib-es5/bin.js'));
  const platform = `node${nodeVersion}-${target.name}`;
  const { stdout } = await execa(
    node,
    [pkg, script, '--sea', '--no-signature', '--targets', platform, '--output', output],
    // Its folder holds no package.json, with which pkg would pack a folder in place of a script.
    { cwd: dirname(script), env: { HOME: home, USERPROFILE: home, NODE_OPTIONS: '' } },
  );
  if (/error/i.test(stdout)) throw new Error(`pkg failed:\n${stdout}`);
}
