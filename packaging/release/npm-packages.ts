import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What package-lock.json says of a package. */
export interface LockedPackage {
  name: string;
  version: string;
  /** An SPDX expression; empty where the lock has none. */
  licence: string;
  /** For development only, and thus no part of k3v. */
  isDev: boolean;
  /** Folder below the root of the repository; one of them, where there are several. */
  path: string;
  /** That of another platform is not installed. */
  isOptional: boolean;
}

/** Licences that let everybody use, change and pass on what is under them, and ask for no more than to be named. */
export const permissive: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
];

/** What is said in the LICENSE of packages whose manifest says no more than to look there. */
const toldElsewhere: Readonly<Record<string, string>> = { 'spawndamnit 3.0.1': 'MIT' };

/** Returns the packages that the repository at `root` locks. */
export function readLock(root: string): LockedPackage[] {
  return lockedPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
}

/** Returns the packages in `lock`, the parsed package-lock.json (version 3), by name and version, each once. */
export function lockedPackages(lock: { packages: Record<string, unknown> }): LockedPackage[] {
  const found = new Map<string, LockedPackage>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const fields = Object(entry) as Record<string, unknown>;
    const name = path.split('node_modules/').at(-1) ?? path;
    const version = String(fields['version']);
    const isDev = fields['dev'] === true || fields['devOptional'] === true;
    const key = `${name} ${version}`;
    const before = found.get(key);
    found.set(key, {
      name,
      version,
      path,
      licence: toldElsewhere[key] ?? (typeof fields['license'] === 'string' ? fields['license'] : ''),
      isDev: isDev && (before?.isDev ?? true),
      isOptional: fields['optional'] === true,
    });
  }
  return [...found.values()].toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** Whether `licence`, an SPDX expression, leaves a choice that is permissive, or asks for nothing else. */
export function isPermissive(licence: string): boolean {
  const choices = licence.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((each) => permissive.includes(each)));
}
