import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { kubernetesVersion, buildKine, buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { buildKwok } from '../../src/embedded-host/kwok-programs.ts';
import { silentLog } from '../../src/log.ts';
import { platformOf } from '../../src/platform/this-platform.ts';
import type { Progress } from '../../src/progress.ts';
import { version } from '../../src/version.ts';
import { packedLicences } from '../licences/packed-licences.ts';
import { packedKubernetes } from '../packed-go-programs.ts';
import { type CompressedPart, compressPart, type PartFile } from './compress-part.ts';
import { targetsOf } from './executable-target.ts';
import type { Target } from './targets.ts';

/** The control plane that is carried; `binary` is a k3s for the target. */
export type CarriedDistro = { name: 'kubernetes' } | { name: 'k3s'; binary: string } | { name: 'none' };

export interface PartOptions {
  target: Target;
  distro: CarriedDistro;
  /** Where the parts are written. */
  folder: string;
  /** The one that is given to pkg, see `runPkg`. */
  home: string;
  cacheDir: string;
  progress: Progress;
}

/** Builds what is carried for the target, and compresses it. Rejects when a program is for another machine. */
export async function makeParts(options: PartOptions): Promise<CompressedPart[]> {
  await mkdir(options.folder, { recursive: true });
  const controlPlane = await controlPlaneParts(options);
  return [await levelPart(options), await licencesPart(options), ...controlPlane];
}

async function controlPlaneParts(options: PartOptions): Promise<CompressedPart[]> {
  switch (options.distro.name) {
    case 'kubernetes':
      return await kubernetesParts(options);
    case 'k3s':
      return [await k3sPart(options, options.distro.binary)];
    case 'none':
      return [];
  }
}

async function levelPart({ target, folder }: PartOptions): Promise<CompressedPart> {
  const level = createRequire(import.meta.resolve('level'));
  const manifest = level.resolve('classic-level/package.json');
  const { version: carried }: { version: string } = JSON.parse(await readFile(manifest, 'utf8'));
  const addon = { path: join(dirname(manifest), target.levelAddon), mode: 0o700 };
  await assertFor(target, addon.path);
  return await compressPart({ name: 'level', version: carried }, [addon], join(folder, 'level.zst'));
}

async function licencesPart({ target, distro, folder, home }: PartOptions): Promise<CompressedPart> {
  const text = join(folder, 'licences.txt');
  await writeFile(text, await packedLicences({ target, distro: distro.name, home }));
  return await compressPart({ name: 'licences', version }, [{ path: text, mode: 0o600 }], join(folder, 'licences.zst'));
}

/** Two parts, since who has a cluster needs no embedded host. */
async function kubernetesParts({ target, folder, cacheDir, progress }: PartOptions): Promise<CompressedPart[]> {
  const { signal } = new AbortController();
  const environment = { cacheDir, target, log: silentLog, progress };
  const kubernetes = await buildKubernetesPrograms(packedKubernetes, environment, signal);
  const kine = await buildKine(environment, signal);
  const kwok = await buildKwok(environment, signal);
  const { executableName } = platformOf(target.platform);
  const file = (place: string, name: string): PartFile => ({ path: join(place, executableName(name)), mode: 0o700 });
  const [apiServer, controllerManager, scheduler] = packedKubernetes;
  const tenant = [file(kubernetes, apiServer), file(kubernetes, controllerManager), file(kine, 'kine')];
  const host = [
    file(kubernetes, scheduler),
    { path: join(dirname(kwok.stagesFile), executableName('kwok')), mode: 0o700 },
    { path: kwok.stagesFile, mode: 0o600 },
  ];
  for (const { path, mode } of [...tenant, ...host]) if (mode & 0o100) await assertFor(target, path);
  return [
    await compressPart(
      { name: 'kubernetes', version: await kubernetesVersion() },
      tenant,
      join(folder, 'kubernetes.zst'),
    ),
    await compressPart({ name: 'embedded-host', version: kwok.version }, host, join(folder, 'embedded-host.zst')),
  ];
}

async function k3sPart({ target, folder }: PartOptions, binary: string): Promise<CompressedPart> {
  await assertFor(target, binary);
  const isThisMachine = target.platform === process.platform && target.arch === process.arch;
  const { stdout } = isThisMachine ? await execa(binary, ['--version']) : { stdout: '' };
  const carried = / (v\S+)/.exec(stdout)?.[1] ?? basename(binary);
  const file = { path: binary, name: 'k3s', mode: 0o700 };
  return await compressPart({ name: 'k3s', version: carried }, [file], join(folder, 'k3s.zst'));
}

async function assertFor(target: Target, path: string): Promise<void> {
  const found = await targetsOf(path);
  if (found.includes(target.name)) return;
  throw new Error(`${path} is no program for ${target.name}, but for ${found.join(' and ') || 'none of the targets'}`);
}
