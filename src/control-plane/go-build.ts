import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from '../log.ts';
import { platform, platformOf } from '../platform/this-platform.ts';
import { type Progress, type ProgressStep, within } from '../progress.ts';
import { withBuildLock } from './build-lock.ts';
import { type GoTarget, goVariables, isDownloadLine, isPackageLine, runGo } from './go-tool.ts';

export interface GoProgram {
  /** Import path of the main package. */
  package: string;
  /** File name of the program; on Windows `.exe` is added. */
  output: string;
}

export interface GoBuildOptions {
  /** Folder with the go.mod and go.sum that pin everything. */
  moduleDir: string;
  programs: readonly GoProgram[];
  /** Builds the tests of the packages instead (`go test -c`). Default: false. */
  tests?: boolean;
  ldflags: string;
  tags?: readonly string[];
  cgo: boolean;
  /** What is built for. Default: this machine. */
  target?: GoTarget | undefined;
  cacheDir: string;
  log: Logger;
  progress: Progress;
}

/**
 * Returns the folder that holds the programs: `<cacheDir>/build/<name of the module folder>-<hash>/`, keyed by the module's files,
 * the flags and the platform. What lies there already is returned at once, without running go; what is missing is built. A
 * program appears whole or not at all, and two processes do not build the same at the same time.
 * Rejects with K3vError `BUILD_TOOL_MISSING` (go absent or too old), `BUILD_FAILED`, `CHECKSUM_MISMATCH` or `DISK_FULL`.
 */
export async function buildGoPrograms(options: GoBuildOptions, signal: AbortSignal): Promise<string> {
  const directory = await buildDirectory(options);
  if ((await missingPrograms(directory, options)).length === 0) return directory;
  const step = options.progress.step(`building ${options.programs.map((program) => program.output).join(', ')}`);
  const onWait = () => step.note('waiting for another k3v that builds the same');
  await within(step, async () => {
    await withBuildLock(`${directory}.lock`, { onWait, signal }, async () => {
      const missing = await missingPrograms(directory, options);
      if (missing.length > 0) await build(directory, missing, options, step, signal);
    });
  });
  step.done();
  return directory;
}

/** Returns the folder that holds the programs if all of them have been built before; builds nothing. */
export async function findGoPrograms(options: GoBuildOptions): Promise<string | undefined> {
  const directory = await buildDirectory(options);
  return (await missingPrograms(directory, options)).length === 0 ? directory : undefined;
}

async function build(
  directory: string,
  programs: readonly GoProgram[],
  options: GoBuildOptions,
  step: ProgressStep,
  signal: AbortSignal,
): Promise<void> {
  const { moduleDir, cgo, target, ldflags, tags = [], tests = false, log } = options;
  const named = executableNames(target);
  const began = performance.now();
  const packages = programs.map((program) => program.package);
  const tagFlags = tags.length === 0 ? [] : ['-tags', tags.join(',')];

  let downloads = 0;
  const onDownload = (line: string) => {
    if (!isDownloadLine(line)) return;
    if (downloads === 0) step.note('Go modules downloaded');
    step.update({ done: ++downloads, total: 0, unit: 'items' });
  };
  const list = await runGo({ moduleDir, cgo, target, signal, onStderr: onDownload }, [
    'list',
    '-deps',
    ...(tests ? ['-test'] : []),
    ...tagFlags,
    ...packages,
  ]);
  const total = list.split('\n').length;

  let compiled = 0;
  const onCompile = (line: string) => {
    if (!isPackageLine(line)) return onDownload(line);
    if (compiled === 0) step.note('packages compiled');
    step.update({ done: Math.min(++compiled, total), total, unit: 'items' });
  };
  const temporary = join(directory, 'unfinished');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    const command = tests ? ['test', '-c', '-vet', 'off'] : ['build', '-v'];
    const flags = ['-trimpath', '-ldflags', ldflags, ...tagFlags, '-o', `${temporary}/`];
    await runGo({ moduleDir, cgo, target, signal, onStderr: onCompile }, [...command, ...flags, ...packages]);
    for (const program of programs) {
      const name = `${defaultOutput(program.package)}${tests ? '.test' : ''}`;
      const built = join(temporary, named(name));
      await rename(built, join(directory, named(program.output)));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  log.info(
    { packages, compiled, seconds: Math.round((performance.now() - began) / 1000), directory },
    'built programs',
  );
}

function executableNames(target: GoTarget | undefined): (program: string) => string {
  return (target ? platformOf(target.platform) : platform).executableName;
}

/** The name `go build` gives a program: the last element of its path, major version left out. */
function defaultOutput(packagePath: string): string {
  return basename(packagePath.replace(/\/v\d+$/, ''));
}

async function missingPrograms(directory: string, { programs, target }: GoBuildOptions): Promise<GoProgram[]> {
  const named = executableNames(target);
  const checks = programs.map(async (program) => {
    const file = join(directory, named(program.output));
    return access(file).then(
      () => [],
      () => [program],
    );
  });
  return (await Promise.all(checks)).flat();
}

/** The version of Go is left out on purpose: an upgrade of the tool must not cost a new build of what is pinned. */
async function buildDirectory(options: GoBuildOptions): Promise<string> {
  const { moduleDir, cacheDir, ldflags, tags = [], cgo, target } = options;
  const files = (await readdir(moduleDir, { recursive: true }))
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify({ ldflags, tags, cgo, ...goVariables(target) }));
  for (const name of files) hash.update(`\0${name}\0`).update(await readFile(join(moduleDir, name)));
  return join(cacheDir, 'build', `${basename(moduleDir)}-${hash.digest('hex').slice(0, 16)}`);
}
