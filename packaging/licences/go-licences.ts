import { dirname, relative } from 'node:path';
import { type GoTarget, runGo } from '../../src/control-plane/go-tool.ts';
import { moduleDirectory } from '../../src/control-plane/module-directory.ts';
import { packedGoPrograms } from '../packed-go-programs.ts';
import { licencesIn } from './licence-files.ts';
import type { Licensed } from './licensed.ts';

/** A Go package; one of the standard library has no module. */
export interface GoPackage {
  folder: string;
  module?: { name: string; version: string; folder: string };
}

const fields = '{{.Path}}\t{{.Version}}\t{{.Dir}}';
const format = `{{.Dir}}\t{{with .Module}}{{if .Replace}}{{with .Replace}}${fields}{{end}}{{else}}${fields}{{end}}{{end}}`;

/** Returns Go's standard library and the modules that have a package in one of the packed programs for `target`. Rejects with what go says. */
export async function goLicences(target: GoTarget): Promise<Licensed[]> {
  const packages: GoPackage[] = [];
  const { signal } = new AbortController();
  const moduleDir = async (folder: string) => ({
    moduleDir: await moduleDirectory(folder),
    cgo: false,
    target,
    signal,
  });
  for (const [folder, programs] of Object.entries(packedGoPrograms)) {
    packages.push(...goPackages(await runGo(await moduleDir(folder), ['list', '-deps', '-f', format, ...programs])));
  }
  const [root = '', version = ''] = (await runGo(await moduleDir('kine'), ['env', 'GOROOT', 'GOVERSION'])).split('\n');
  const library = { name: `Go's standard library ${version}`, texts: await licencesIn(root) };
  return [library, ...(await modulesOf(packages))];
}

/** Returns the packages in what `go list` prints. */
export function goPackages(listed: string): GoPackage[] {
  return listed.split('\n').flatMap((line) => {
    const [folder = '', name = '', version = '', moduleFolder = ''] = line.split('\t');
    if (folder === '') return [];
    return [name === '' ? { folder } : { folder, module: { name, version, folder: moduleFolder } }];
  });
}

/** Returns each module once, with the texts in the folders of its packages and in all folders above these; that which only pins the others is none. */
async function modulesOf(packages: readonly GoPackage[]): Promise<Licensed[]> {
  const folders = new Map<string, Set<string>>();
  for (const { folder, module } of packages) {
    if (module === undefined || module.version === '') continue;
    const key = `${module.name} ${module.version}`;
    const known = folders.get(key) ?? new Set();
    folders.set(key, known);
    for (let at = folder; !relative(module.folder, at).startsWith('..'); at = dirname(at)) known.add(at);
  }
  const names = [...folders.keys()].toSorted();
  return await Promise.all(
    names.map(async (name) => {
      const texts = await Promise.all([...(folders.get(name) ?? [])].toSorted().map((folder) => licencesIn(folder)));
      return { name, texts: texts.flat() };
    }),
  );
}
