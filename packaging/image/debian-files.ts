import { chmod, mkdir, readFile, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ImageEntry } from './image-archive.ts';

/** Which files of a Debian package, by their paths without a leading slash. */
export type DebianPackages = Readonly<Record<string, (path: string) => boolean>>;

/**
 * Returns the chosen files of Debian packages for `architecture` (`amd64`, `arm64`; need not be this machine's), and what scanners read:
 * the control file of each below `var/lib/dpkg/status.d`. They are of the release that this machine's apt knows, checked by apt with its keys, and
 * lie in `work`, an empty folder. Needs apt-get and dpkg-deb, no root.
 */
export async function debianFiles(packages: DebianPackages, architecture: string, work: string): Promise<ImageEntry[]> {
  const download = await updatedApt(architecture, work);
  const entries = await unpack(await download(Object.keys(packages)), packages, work);
  const bases = licenceBases(entries).filter((name) => !Object.hasOwn(packages, name));
  if (bases.length === 0) return entries;
  const ofBases = Object.fromEntries(bases.map((name) => [name, isLicence]));
  return [...entries, ...(await unpack(await download(bases), ofBases, work))];
}

/** Whether that is the licence of a package, or leads to it. */
export function isLicence(path: string): boolean {
  return /^usr\/share\/doc\/[^/]+(\/copyright)?$/.test(path);
}

/** Returns the packages that hold the licences of others, as `gcc-12-base` does for the libraries of GCC. */
function licenceBases(entries: readonly ImageEntry[]): string[] {
  const links = entries.flatMap((entry) => ('linkTo' in entry && isLicence(entry.path) ? [entry.linkTo] : []));
  return [...new Set(links.filter((link) => !link.includes('/')))];
}

async function unpack(files: ReadonlyMap<string, string>, wanted: DebianPackages, work: string): Promise<ImageEntry[]> {
  const entries: ImageEntry[] = [];
  for (const [name, file] of files) {
    const root = join(work, 'files', name);
    await mkdir(root, { recursive: true });
    await execa('dpkg-deb', ['--extract', file, root]);
    const { stdout: control } = await execa('dpkg-deb', ['--field', file]);
    entries.push({ path: `var/lib/dpkg/status.d/${name}`, text: `${control}\n` });
    entries.push(...(await entriesOf(root, wanted[name] ?? (() => true))));
  }
  return entries;
}

/** Returns what fetches packages, and their files by name. apt gets folders of its own, so that it neither needs root nor changes what this machine has. */
async function updatedApt(architecture: string, work: string) {
  const folders = ['state/lists/partial', 'cache/archives/partial', 'downloaded'];
  for (const folder of folders) await mkdir(join(work, folder), { recursive: true });
  // apt fetches as a user of its own, if it runs as root.
  await chmod(work, 0o755);
  await chmod(join(work, 'downloaded'), 0o777);
  const settings = {
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'Dir::State': join(work, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(work, 'cache'),
  };
  const apt = async (...args: string[]) => {
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await execa('apt-get', ['--quiet', '--quiet', ...options, ...args], { cwd: join(work, 'downloaded') });
  };
  await apt('update');
  return async (names: readonly string[]): Promise<Map<string, string>> => {
    await apt('download', ...names);
    const files = await readdir(join(work, 'downloaded'));
    return new Map(
      names.toSorted().map((name) => {
        const file = files.find((each) => each.startsWith(`${name}_`));
        if (!file) throw new Error(`apt-get download ${name} brought no file of that name`);
        return [name, join(work, 'downloaded', file)];
      }),
    );
  };
}

async function entriesOf(root: string, isWanted: (path: string) => boolean): Promise<ImageEntry[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const entries: ImageEntry[] = [];
  for (const entry of found) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(root.length + 1);
    if (!isWanted(path)) continue;
    if (entry.isSymbolicLink()) entries.push({ path, linkTo: await readlink(file) });
    else if (entry.isFile()) entries.push({ path, file, mode: (await stat(file)).mode & 0o777 });
  }
  return entries;
}

/** Returns the certificates below `usr/share/ca-certificates` as the one file that programs read. */
export async function certificateBundle(entries: readonly ImageEntry[]): Promise<ImageEntry> {
  const files = entries.flatMap((entry) =>
    'file' in entry && entry.path.startsWith('usr/share/ca-certificates/') ? [entry.file] : [],
  );
  const texts = await Promise.all(files.toSorted().map(async (file) => await readFile(file, 'utf8')));
  return { path: 'etc/ssl/certs/ca-certificates.crt', text: texts.join('') };
}
