import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDir } from '../host/cache-dir.ts';
import { guideSteps } from './console-blocks.ts';
import { type GuideWorld, differences, playGuide, withOutputs } from './guide.ts';
import { openGuideShell } from './guide-shell.ts';
import { kubectlProgram } from './k3v-process.ts';

const root = join(import.meta.dirname, '../..');

/** The home of a reader, with a shell in it that finds k3v, k3k and kubectl. */
export interface GuideHome {
  /** Path; shown as /home/me. */
  home: string;
  /** Path of a folder around it, for what the reader does not see. */
  folder: string;
  /**
   * Plays `page` (a path in the repository) and returns what it shows otherwise; with `K3V_WRITE_GUIDES=1` writes there what was said, and returns nothing. Rejects if the page
   * has not the commands before which something is to be done.
   */
  play(page: string, world?: Pick<GuideWorld, 'before' | 'shownAs'>): Promise<string[]>;
  /** Ends what runs in the shell, and removes the home. */
  close(): Promise<void>;
}

/** Makes a home whose shell has the variables `env`, too. */
export async function openGuideHome(env: Readonly<Record<string, string>> = {}): Promise<GuideHome> {
  const kubectl = await kubectlProgram();
  const folder = await mkdtemp(join(tmpdir(), 'k3v-guide-'));
  const [home, bin] = [join(folder, 'me'), join(folder, 'bin')];
  for (const each of [home, bin]) await mkdir(each);
  for (const name of ['k3v', 'k3k']) {
    const script = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', name)}' "$@"\n`;
    await writeFile(join(bin, name), script, { mode: 0o755 });
  }
  const shell = openGuideShell(home, {
    HOME: home,
    PATH: `${bin}:${dirname(kubectl)}:/usr/bin:/bin`,
    XDG_CACHE_HOME: join(cacheDir(), '..'),
    ...env,
  });
  return {
    home,
    folder,
    async play(page, { before = {}, shownAs = [] } = {}) {
      const markdown = await readFile(join(root, page), 'utf8');
      const commands = guideSteps(markdown).map((step) => (step.kind === 'interrupt' ? undefined : step.command));
      const unknown = Object.keys(before).filter((command) => !commands.includes(command));
      if (unknown.length > 0) throw new Error(`${page} does not have ${unknown.join(', ')}`);
      const played = await playGuide(markdown, { shell, folder: home, before, shownAs });
      if (!process.env['K3V_WRITE_GUIDES']) return differences(played);
      await writeFile(join(root, page), withOutputs(markdown, played));
      return [];
    },
    async close() {
      await shell.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
