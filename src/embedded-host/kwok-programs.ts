import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildGoPrograms, findGoPrograms, type GoBuildOptions } from '../control-plane/go-build.ts';
import { moduleDirectory } from '../control-plane/module-directory.ts';
import { moduleSource } from '../control-plane/module-source.ts';
import { pinnedVersion } from '../control-plane/pinned-version.ts';
import { fileExists } from '../file-exists.ts';
import { platform } from '../platform/this-platform.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/** KWOK, which plays the kubelets of nodes that do not exist; see https://kwok.sigs.k8s.io. */
export interface KwokPrograms {
  command: string;
  /** What nodes, pods and volumes go through, as KWOK itself ships it. */
  stagesFile: string;
  /** For example `v0.8.0`. */
  version: string;
}

type BuildEnvironment = Pick<GoBuildOptions, 'cacheDir' | 'target' | 'log' | 'progress'>;

const modulePath = 'sigs.k8s.io/kwok';
/** Folders of the module's `kustomize/stage`: nodes are ready, pods run and claims are bound at once. */
const stageFolders = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast', 'volume/fast'];

/** Builds what is missing in the cache, from `distro/kwok`. Rejects like `buildGoPrograms`. */
export async function buildKwok(environment: BuildEnvironment, signal: AbortSignal): Promise<KwokPrograms> {
  const build = await kwokBuild(environment);
  const folder = await buildGoPrograms(build, signal);
  const { stagesFile } = kwokIn(folder);
  if (!(await fileExists(stagesFile)))
    await writeFileAtomically(stagesFile, await readStages(build.moduleDir, signal), 0o644);
  return { ...kwokIn(folder), version: await pinnedVersion('kwok', modulePath) };
}

/** Whether it has been built before. */
export async function hasKwok(environment: BuildEnvironment): Promise<boolean> {
  return (await findGoPrograms(await kwokBuild(environment))) !== undefined;
}

async function kwokBuild(environment: BuildEnvironment): Promise<GoBuildOptions> {
  return {
    ...environment,
    moduleDir: await moduleDirectory('kwok'),
    programs: [{ package: `${modulePath}/cmd/kwok`, output: 'kwok' }],
    ldflags: `-s -w -X ${modulePath}/pkg/consts.Version=${await pinnedVersion('kwok', modulePath)}`,
    cgo: false,
  };
}

/** Where KWOK lies in `folder`. */
export function kwokIn(folder: string): Omit<KwokPrograms, 'version'> {
  return { command: join(folder, platform.executableName('kwok')), stagesFile: join(folder, 'kwok-stages.yaml') };
}

async function readStages(moduleDir: string, signal: AbortSignal): Promise<string> {
  const source = await moduleSource(moduleDir, modulePath, signal);
  const documents: string[] = [];
  for (const stages of stageFolders) {
    const folder = join(source, 'kustomize', 'stage', ...stages.split('/'));
    for (const name of (await readdir(folder)).toSorted()) {
      const text = name.endsWith('.yaml') ? await readFile(join(folder, name), 'utf8') : '';
      if (/^kind: Stage$/m.test(text)) documents.push(text);
    }
  }
  return documents.map((text) => `---\n${text}`).join('\n');
}
