import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('a start loads no package that only some starts need, as each costs megabytes for good', async () => {
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../../src/main.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const outputs = new Map(Object.entries(metafile.outputs));
  const loaded = new Set<string>();
  const packages = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: name, kind, external } of outputs.get(path)?.imports ?? []) {
      if (kind !== 'import-statement') continue;
      if (!external) load(name);
      else if (!name.startsWith('node:')) packages.add(name);
    }
  };
  load([...outputs].find(([, { entryPoint }]) => entryPoint?.endsWith('src/main.ts'))?.[0] ?? '');
  expect([...packages].toSorted()).toEqual([
    '@kubernetes/client-node/dist/config_types.js',
    'fast-deep-equal',
    'level',
    'pino',
    'yaml',
    'yargs',
  ]);
});
