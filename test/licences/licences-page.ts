import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LockedPackage, readLock } from '../../packaging/release/npm-packages.ts';
import { type GoProject, goProjects, goProjectsOfTests, requiredCount, requiredVersion } from './go-projects.ts';

/** Returns docs/licences.md as it should be for what the repository at `root` locks and pins. Throws if a go.mod does not have the project it is listed for. */
export function licencesPage(root: string): string {
  const packages = readLock(root);
  const [ofK3v, ofDevelopment] = [packages.filter(({ isDev }) => !isDev), packages.filter(({ isDev }) => isDev)];
  return `${[
    '# Licences',
    'k3v is under Apache-2.0. `npm run licences` writes this page from package-lock.json and the go.mod files, and a test holds it to them.',
    '## npm packages of k3v',
    `${ofK3v.length} packages, ${counts(ofK3v)}. What each of those that k3v asks for itself is there for says [the README](../README.md#dependencies).`,
    table(
      ['package', 'version', 'licence'],
      ofK3v.map(({ name, version, licence }) => [name, version, licence]),
    ),
    '## npm packages for development',
    `${ofDevelopment.length} packages, those of other platforms included, of which one set is installed: ${counts(ofDevelopment)}. They are no part of k3v. Packages for one platform have the licence of the package that they belong to, where the lock says none.`,
    '## Go projects that k3v builds',
    'Built from source, with the modules that they require, on the machine that k3v runs on. A packaged file carries those of Kubernetes 1.36, kine and KWOK, and Node itself (MIT), with the texts of all their licences, which `k3v licenses` prints.',
    goTable(root, goProjects),
    '## Go projects that the tests build',
    goTable(root, goProjectsOfTests),
  ].join('\n\n')}\n`;
}

function counts(packages: LockedPackage[]): string {
  const byLicence = Map.groupBy(packages, ({ licence }) => licence || 'not said');
  return [...byLicence]
    .toSorted(([a, these], [b, those]) => those.length - these.length || (a < b ? -1 : 1))
    .map(([licence, { length }]) => `${length} ${licence}`)
    .join(', ');
}

function goTable(root: string, projects: readonly GoProject[]): string {
  const rows = projects.map(({ name, module, pinnedIn, licence }) => {
    const goMod = readFileSync(join(root, pinnedIn, 'go.mod'), 'utf8');
    const version = requiredVersion(goMod, module);
    if (version === undefined) throw new Error(`${pinnedIn}/go.mod does not require ${module}`);
    return [name, `${module} ${version}`, licence, `${requiredCount(goMod)} in ${pinnedIn}/go.mod`];
  });
  return table(['project', 'module', 'licence', 'modules'], rows);
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
