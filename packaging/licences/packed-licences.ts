import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeLicenceFile, seedNodeBase } from '../binary/node-base.ts';
import { nodeVersion, type Target, targetFor } from '../binary/targets.ts';
import { goLicences } from './go-licences.ts';
import type { Licensed } from './licensed.ts';
import { licencesText } from './licences-text.ts';
import { npmLicences } from './npm-licences.ts';

const root = join(import.meta.dirname, '../..');

export interface Packed {
  target: Target;
  /** The control plane that is carried. */
  distro: 'kubernetes' | 'k3s' | 'none';
  /** See `seedNodeBase`. */
  home: string;
}

/** Returns the licences of all that the packaged file for `target` carries. Of k3s there are no more than its name and licence: it comes as a binary. */
export async function packedLicences({ target, distro, home }: Packed): Promise<string> {
  await seedNodeBase(targetFor(process), home);
  const node = { name: `Node ${nodeVersion}`, texts: [await readFile(nodeLicenceFile(home), 'utf8')] };
  const k3s = { name: 'k3s, with what it is made of: see its release', texts: [], licence: 'Apache-2.0' };
  const controlPlane: Record<Packed['distro'], () => Promise<Licensed[]>> = {
    kubernetes: async () => await goLicences(target),
    k3s: async () => [k3s],
    none: async () => [],
  };
  const all = [node, ...(await npmLicences(root)), ...(await controlPlane[distro]())];
  return licencesText(await readFile(join(root, 'LICENSE'), 'utf8'), all);
}
