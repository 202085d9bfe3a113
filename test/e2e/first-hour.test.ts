import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { differences, playGuide, withOutputs } from '../support/guide.ts';
import { type GuideShell, openGuideShell } from '../support/guide-shell.ts';

const root = join(import.meta.dirname, '../..');
const guide = join(root, 'docs/first-hour.md');
const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
const forever = new AbortController().signal;
let folder: string;
let shared: EmbeddedHost;
let shell: GuideShell;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-first-hour-'));
  const [home, bin] = [join(folder, 'me'), join(folder, 'bin')];
  for (const each of [home, bin]) await mkdir(each);
  const programs = await buildKubernetesPrograms(['kubectl'], environment, forever);
  const k3v = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/k3v')}' "$@"\n`;
  await writeFile(join(bin, 'k3v'), k3v, { mode: 0o755 });
  shared = await startEmbeddedHost({ ...environment, dataDir: join(folder, 'shared') }, forever);
  await copyFile(shared.kubeconfigPath, join(home, 'admin.yaml'));
  shell = openGuideShell(home, {
    HOME: home,
    PATH: `${bin}:${programs}:/usr/bin:/bin`,
    // What a reader's machine has, and this one may not.
    K3V_DISTRO: 'kubernetes',
    K3V_LISTEN_PORT: '27590',
    XDG_CACHE_HOME: join(cacheDir(), '..'),
  });
});

afterAll(async () => {
  await shell?.close();
  await shared?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('goes as docs/first-hour.md says; K3V_WRITE_GUIDES=1 writes there what was said', async () => {
  const markdown = await readFile(guide, 'utf8');
  // k3v writes down where it stands every two seconds.
  const before = {
    'k3v status': "until k3v status | grep -q 'persistentvolumeclaims  *2  *2  *2  *0  *0'; do sleep 0.5; done",
  };
  const played = await playGuide(markdown, { shell, folder: join(folder, 'me'), before });
  if (process.env['K3V_WRITE_GUIDES']) return await writeFile(guide, withOutputs(markdown, played));
  expect(differences(played)).toEqual([]);
}, 600_000);
