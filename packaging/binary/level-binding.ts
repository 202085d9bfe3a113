import { createRequire } from 'node:module';
import { bundledPart } from '../../src/bundle/bundle.ts';
import { brokenBundle } from '../../src/bundle/bundle-errors.ts';
import { unpackSmallPart } from '../../src/bundle/unpack-small-part.ts';
import { cacheFolder } from '../../src/cache-folder.ts';
import { thisBundle } from './this-bundle.ts';

let addon: object | undefined;

/**
 * Stands in the packaged k3v for classic-level's `binding.js`, which looks for its addon in node_modules: it is unpacked and loaded when the
 * first database is opened, so that commands without one write nothing.
 */
export const levelBinding = new Proxy({}, { get: (_, name) => Reflect.get((addon ??= load()), name) });

function load(): object {
  const part = bundledPart(thisBundle, 'level');
  if (part === undefined) throw brokenBundle(thisBundle.file, 'carries no LevelDB');
  const path = unpackSmallPart(thisBundle, part, cacheFolder(process.env));
  // The `require` of a single-file program knows Node's own modules only.
  return createRequire(path)(path);
}
