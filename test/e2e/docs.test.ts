import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { namedCommands } from '../support/doc-commands.ts';
import { playedScenes } from '../support/played-pages.ts';
import { differences, playGuide, withOutputs } from '../support/guide.ts';
import { openGuideShell } from '../support/guide-shell.ts';
import { shellWords, simpleCommands } from '../support/shell-words.ts';
import { unplayedCommands } from '../support/unplayed-commands.ts';

const root = join(import.meta.dirname, '../..');
const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
const forever = new AbortController().signal;
const port = '27595';
let folder: string;
let programs: string;
let host: EmbeddedHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-docs-'));
  programs = await buildKubernetesPrograms(['kubectl'], environment, forever);
  await mkdir(join(folder, 'bin'));
  const k3v = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/k3v')}' "$@"\n`;
  await writeFile(join(folder, 'bin/k3v'), k3v, { mode: 0o755 });
  host = await startEmbeddedHost({ ...environment, dataDir: join(folder, 'host') }, forever);
});

afterAll(async () => {
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

it.each(playedScenes.map((scene) => ({ ...scene, names: scene.pages.join(', ') })))(
  'goes as in $names; K3V_WRITE_GUIDES=1 writes there what was said',
  async ({ pages, first, before }) => {
    const home = await mkdtemp(join(folder, 'me-'));
    for (const name of ['host.yaml', 'admin.yaml']) await copyFile(host.kubeconfigPath, join(home, name));
    const shell = openGuideShell(home, {
      HOME: home,
      PATH: `${join(folder, 'bin')}:${programs}:/usr/bin:/bin`,
      // What a reader's machine has, and this one may not.
      K3V_DISTRO: 'kubernetes',
      K3V_LISTEN_PORT: port,
      XDG_CACHE_HOME: join(cacheDir(), '..'),
    });
    const isLeftOut = (command: string) => Object.hasOwn(unplayedCommands, command);
    const shownAs = [
      [port, '7443'],
      [join(cacheDir(), '..'), '/home/me/.cache'],
    ] as const;
    const wrong: string[] = [];
    try {
      if (first !== undefined) await shell.start(first, 'virtual cluster is up');
      for (const page of pages) {
        const markdown = await readFile(join(root, page), 'utf8');
        const played = await playGuide(markdown, { shell, folder: home, isLeftOut, before, shownAs });
        if (process.env['K3V_WRITE_GUIDES']) await writeFile(join(root, page), withOutputs(markdown, played));
        else wrong.push(...differences(played).map((difference) => `${page}, ${difference}`));
      }
    } finally {
      await shell.close();
    }
    expect(wrong).toEqual([]);
  },
  600_000,
);

/** Commands of kubectl that are not played: those that other tests run, and those that stand in the text. */
async function unplayedKubectl(): Promise<string[]> {
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const texts = await Promise.all(
    ['README.md', ...names.map((name) => `docs/${name}`)].map(async (page) => await readFile(join(root, page), 'utf8')),
  );
  const commands = [...Object.keys(unplayedCommands), ...texts.flatMap(namedCommands).map(({ command }) => command)];
  return [...new Set(commands.flatMap(simpleCommands).filter((command) => command.startsWith('kubectl ')))];
}

it('names no command and no flag that kubectl does not know', async () => {
  const commands = await unplayedKubectl();
  for (const command of commands) {
    const [, ...words] = shellWords(command);
    const end = words.indexOf('--');
    const known = words.slice(0, end < 0 ? undefined : end);
    // The help of a command is given only where all flags before it are known.
    const { exitCode, stderr, stdout } = await execa(join(programs, 'kubectl'), [...known, '--help'], {
      reject: false,
    });
    const isHelp = stdout.includes('Usage:');
    expect({ command, exitCode, stderr, isHelp }).toEqual({ command, exitCode: 0, stderr: '', isHelp: true });
  }
  expect(commands.length).toBeGreaterThan(10);
});
