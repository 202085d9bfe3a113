import { basename, join } from 'node:path';
import { K3vError } from '../errors.ts';

/** The files of the page, by name. */
export type PageFiles = Readonly<Record<string, string>>;

const folder = join(import.meta.dirname, 'page');

/** Builds the page from its source. The packaged k3v carries what this returns. Rejects with BUILD_TOOL_MISSING where the packages of development are not installed. */
export async function buildPageFiles(): Promise<PageFiles> {
  const { build, stop } = await loadBundler();
  try {
    const { outputFiles } = await build({
      entryPoints: ['main.tsx', 'index.html', 'icon.svg'].map((name) => join(folder, name)),
      outdir: 'page',
      entryNames: '[name]',
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      target: 'es2024',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.html': 'copy', '.svg': 'copy' },
      legalComments: 'none',
      logLevel: 'silent',
    });
    return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
  } finally {
    await stop();
  }
}

async function loadBundler() {
  try {
    return await import('esbuild');
  } catch (error) {
    throw new K3vError('BUILD_TOOL_MISSING', 'esbuild, which builds the page, is not installed', {
      hint: 'Run npm ci without --omit=dev, or use the packaged k3v, which carries the page.',
      cause: error,
    });
  }
}
