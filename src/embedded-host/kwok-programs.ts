import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildGoPrograms, executableName, type GoBuildOptions } from '../control-plane/go-build.ts';
import { runGo } from '../control-plane/go-tool.ts';
import { moduleDirectory } from '../control-plane/module-directory.ts';
import { pinnedVersion } from '../control-plane/pinned-version.ts';
import { K3vError } from '../errors.ts';
import { fileExists } from '../file-exists.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/** KWOK, which plays the kubelets of nodes that do not exist; see https://kwok.sigs.k8s.io. */
export interface KwokPrograms {
  command: string;
  /** What nodes, pods and volumes go through, as KWOK itself ships it. */
  stagesFile: string;
  /** For example `v0.8.0`. */
  version: string;
}

const modulePath = 'sigs.k8s.io/kwok';
/** Folders of the module's `kustomize/stage`: nodes are ready, pods run and claims are bound at once. */
const stageFolders = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast', 'volume/fast'];

/** Builds what is missing in the cache, from `distro/kwok`. Rejects like `buildGoPrograms`. */
export async function buildKwok(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<KwokPrograms> {
  const moduleDir = await moduleDirectory('kwok');
  const version = await pinnedVersion('kwok', modulePath);
  const folder = await buildGoPrograms(
    {
      ...environment,
      moduleDir,
      programs: [{ package: `${modulePath}/cmd/kwok`, output: 'kwok' }],
      ldflags: `-s -w -X ${modulePath}/pkg/consts.Version=${version}`,
      cgo: false,
    },
    signal,
  );
  const stagesFile = join(folder, 'kwok-stages.yaml');
  if (!(await fileExists(stagesFile)))
    await writeFileAtomically(stagesFile, await readStages(moduleDir, signal), 0o644);
  return { command: join(folder, executableName('kwok')), stagesFile, version };
}

async function readStages(moduleDir: string, signal: AbortSignal): Promise<string> {
  const answer = await runGo({ moduleDir, cgo: false, signal }, ['mod', 'download', '-json', modulePath]);
  const module: unknown = JSON.parse(answer);
  if (typeof module !== 'object' || module === null || !('Dir' in module) || typeof module.Dir !== 'string') {
    throw new K3vError('BUILD_FAILED', `go does not say where the module ${modulePath} lies`);
  }
  const documents: string[] = [];
  for (const stages of stageFolders) {
    const folder = join(module.Dir, 'kustomize', 'stage', ...stages.split('/'));
    for (const name of (await readdir(folder)).toSorted()) {
      const text = name.endsWith('.yaml') ? await readFile(join(folder, name), 'utf8') : '';
      if (/^kind: Stage$/m.test(text)) documents.push(text);
    }
  }
  return documents.map((text) => `---\n${text}`).join('\n');
}
