import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { BundledPart } from '../../src/bundle/bundle.ts';
import { type PageFiles, buildPageFiles } from '../../src/ui/page-files.ts';

const folder = import.meta.dirname;

/** What the script says where the parts begin, until the packaged file is made and it is known. Of a length that holds any number. */
export const unknownBegin = 'k3v parts begin at:0000000000000000';

/** Makes the address of the script, which begins with a drive on Windows: what `createRequire` is given has to be a path there, too. */
export const scriptBanner = 'const K3V_SCRIPT_URL = require("node:url").pathToFileURL("/k3v/k3v.cjs").href;';

const options = {
  bundle: true,
  platform: 'node',
  // What a single-file program of Node 22 starts with.
  format: 'cjs',
  target: 'node22',
  // Names are kept, for stack traces that can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  define: { 'import.meta.url': 'K3V_SCRIPT_URL', 'import.meta.dirname': JSON.stringify('/k3v') },
  banner: { js: scriptBanner },
  // A single-file program cannot import at run time, not even Node's own modules.
  supported: { 'dynamic-import': false },
  // Addons that ws does without.
  external: ['bufferutil', 'utf-8-validate'],
  logLevel: 'error',
} satisfies BuildOptions;

/** Writes k3v with all its packages as one script to `outfile`. */
export async function bundleScript(outfile: string, bundle: { target: string; parts: readonly BundledPart[] }) {
  const page = await buildPageFiles();
  await build({
    ...options,
    entryPoints: [join(folder, 'entry.ts')],
    outfile,
    define: {
      ...options.define,
      K3V_BUNDLE: JSON.stringify(JSON.stringify(bundle)),
      K3V_PARTS_BEGIN: JSON.stringify(unknownBegin),
    },
    plugins: [levelBinding, builtPage(page), packedPackages],
  });
}

const levelBinding: Plugin = {
  name: 'level-binding',
  setup(building) {
    building.onLoad({ filter: /[\\/]classic-level[\\/]binding\.js$/ }, () => ({
      contents: `module.exports = require(${JSON.stringify(join(folder, 'level-binding.ts'))}).levelBinding`,
      resolveDir: folder,
    }));
  },
};

/** The page of `k3v ui`, which is built when it is asked for where there is a source tree. */
const builtPage = (page: PageFiles): Plugin => ({
  name: 'built-page',
  setup(building) {
    building.onLoad({ filter: /[\\/]src[\\/]ui[\\/]page-files\.ts$/ }, () => ({
      contents: `export const buildPageFiles = async () => (${JSON.stringify(page)});`,
    }));
  },
});

/**
 * Keeps packages that are imported late as compressed scripts of their own. V8 reads all of a script before it runs any of it: with client-node's
 * five megabytes among it `k3v version` would take twice as long.
 */
const packedPackages: Plugin = {
  name: 'packed-packages',
  setup(building) {
    building.onResolve({ filter: /^[@\w]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || path.startsWith('node:') || pluginData === 'resolving') return undefined;
      const found = await building.resolve(path, { kind, resolveDir, pluginData: 'resolving' });
      return { path: found.path, namespace: 'packed', errors: found.errors, pluginData: path };
    });
    building.onLoad({ filter: /.*/, namespace: 'packed' }, async ({ path, pluginData }) => {
      const { outputFiles } = await build({ ...options, entryPoints: [path], write: false });
      const packed = zstdCompressSync(outputFiles[0]?.contents ?? '').toString('base64');
      return {
        contents: `const { runPackedScript } = require(${JSON.stringify(join(folder, 'run-packed-script.ts'))});
          module.exports = runPackedScript(${JSON.stringify(pluginData)}, ${JSON.stringify(packed)});`,
        resolveDir: folder,
      };
    });
  },
};
