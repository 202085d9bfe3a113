import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { targetFor } from '../../packaging/binary/targets.ts';

const root = join(import.meta.dirname, '../..');
const addon = 'classic-level.node';

/**
 * Bundles k3v for this machine into `folder`, and returns the script in it that starts it: as in what is shipped, nothing is compiled from TypeScript. It looks for
 * `distro` there and upwards.
 */
export async function bundleK3v(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await copyFile(join(root, 'node_modules/classic-level', targetFor(process).levelAddon), join(folder, addon));
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    minifyWhitespace: true,
    minifySyntax: true,
    external: ['*.node', 'esbuild'],
    plugins: [levelBinding],
    banner: {
      js: "import { createRequire as k3vRequire } from 'node:module'; const require = k3vRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return join(folder, 'main.mjs');
}

const levelBinding: Plugin = {
  name: 'level-binding',
  setup(building) {
    building.onLoad({ filter: /[\\/]classic-level[\\/]binding\.js$/ }, () => ({
      contents: `module.exports = require('./${addon}')`,
    }));
  },
};
