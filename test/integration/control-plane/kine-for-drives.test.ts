import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasKineForDrives, kineForDrives } from '../../../src/control-plane/kine-for-drives.ts';
import { runGo } from '../../../src/control-plane/go-tool.ts';

const { signal } = new AbortController();
let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'k3v-kine-'));
});
afterAll(async () => await rm(cacheDir, { recursive: true }));

it('the pinned kine can be made one that opens its database on Windows, and go takes it in the place of the other', async () => {
  expect(await hasKineForDrives(cacheDir)).toBe(false);
  const folder = await kineForDrives(cacheDir, signal);
  expect(await hasKineForDrives(cacheDir)).toBe(true);
  expect(await kineForDrives(cacheDir, AbortSignal.abort())).toBe(folder);
  expect(await readdir(join(cacheDir, 'sources'))).toHaveLength(1);
  const target = { platform: 'win32', arch: 'x64' } as const;
  const args = ['list', '-f', '{{.Dir}} {{join .GoFiles " "}}', 'github.com/k3s-io/kine/pkg/drivers/sqlite'];
  const listed = await runGo({ moduleDir: folder, cgo: false, target, signal }, args);
  expect(listed).toBe(`${join(folder, 'kine/pkg/drivers/sqlite')} sqlite.go sqlite_nocgo.go`);
  expect(await readFile(join(folder, 'kine/pkg/drivers/sqlite/sqlite_nocgo.go'), 'utf8')).toContain('"file:///" +');
});
