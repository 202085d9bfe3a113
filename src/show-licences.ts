import { readFileSync } from 'node:fs';
import { type Bundle, bundledPart } from './bundle/bundle.ts';
import { brokenBundle } from './bundle/bundle-errors.ts';
import { readPart } from './bundle/read-part.ts';

/**
 * Returns the licence of k3v, and those of all that the packaged k3v carries; from its source tree, which carries nothing, where the others lie.
 * Throws K3vError `BUNDLE_BROKEN`.
 */
export function showLicences(bundle: Bundle | undefined): string {
  if (bundle === undefined)
    return `${readFileSync(new URL('../LICENSE', import.meta.url), 'utf8').trimEnd()}\n${elsewhere}`;
  const part = bundledPart(bundle, 'licences');
  if (part === undefined) throw brokenBundle(bundle.file, 'carries no licences');
  return readPart(bundle, part).toString();
}

const elsewhere = `
This k3v runs from its source tree. Each npm package in node_modules has its own licence beside it, and so has each Go module that the control plane is built
from, in the module cache of Go. docs/licences.md lists them.
`;
