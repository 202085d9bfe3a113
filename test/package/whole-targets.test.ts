import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleOf } from '../../packaging/binary/bundle-of.ts';
import { targetsOf } from '../../packaging/binary/executable-target.ts';
import { targets } from '../../packaging/binary/targets.ts';
import { type Bundle, bundledPart } from '../../src/bundle/bundle.ts';
import { unpackPart } from '../../src/bundle/unpack-part.ts';
import { platformOf } from '../../src/platform/this-platform.ts';
import { silentProgress } from '../../src/progress.ts';
import { showLicences } from '../../src/show-licences.ts';
import { checkCodeDirectory } from '../support/macos-code-directory.ts';
import { hasPackedPrograms } from '../support/packed-programs.ts';

const program = join(import.meta.dirname, '../../packaging/binary/package.ts');
const { signal } = new AbortController();

for (const target of targets) {
  const isBuilt = await hasPackedPrograms(target);
  const reason = isBuilt ? '' : ` (not here: its programs are not built, which npm run package -- ${target.name} does)`;
  describe.skipIf(!isBuilt)(`${target.output} with all that it carries${reason}`, () => {
    const { executableName } = platformOf(target.platform);
    let folder: string;
    let file: string;
    let bundle: Bundle;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'k3v-whole-'));
      await execa(process.execPath, [program, target.name, '--output-dir', folder]);
      file = join(folder, target.output);
      bundle = await bundleOf(file);
    });
    afterAll(async () => await rm(folder, { recursive: true }));

    it('is no larger than 260 MB', async () => {
      expect((await stat(file)).size).toBeLessThan(260e6);
    });

    it('lists its parts, each with its checksum, one behind the other', async () => {
      expect(bundle.target).toBe(target.name);
      expect(bundle.parts.map(({ name }) => name)).toEqual(['level', 'licences', 'kubernetes', 'embedded-host']);
      const content = await readFile(file);
      let end = bundle.begin;
      for (const { offset, length, sha256 } of bundle.parts) {
        expect(bundle.begin + offset).toBe(end);
        const bytes = content.subarray(end, (end += length));
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      }
      // Behind them is the signature, on macOS alone.
      expect(end < content.byteLength).toBe(target.platform === 'darwin');
    });

    it.each([
      ['level' as const, [basename(target.levelAddon)]],
      ['kubernetes' as const, ['kube-apiserver', 'kube-controller-manager', 'kine']],
      ['embedded-host' as const, ['kube-scheduler', 'kwok']],
    ])('unpacks %s, whose programs are for that machine', async (name, programs) => {
      const part = bundledPart(bundle, name);
      if (part === undefined) throw new Error(`no ${name}`);
      const unpacked = await unpackPart(bundle, part, { cacheDir: folder, progress: silentProgress }, signal);
      const executables = part.files.filter(({ mode }) => mode & 0o100).map((each) => each.name);
      expect(executables).toEqual(programs.map((each) => (each.endsWith('.node') ? each : executableName(each))));
      for (const each of executables) expect(await targetsOf(join(unpacked, each))).toContain(target.name);
    });

    it.runIf(target.platform === 'darwin')('is signed, with all that it carries', async () => {
      const signature = checkCodeDirectory(await readFile(file));
      expect(signature).toEqual({ isAdHoc: true, identifier: 'k3v', isWhole: true, isAtEnd: true });
    });

    it.runIf(target.name === 'macos-arm64')(
      'carries programs that Go has signed, without which they would not run',
      async () => {
        const part = bundledPart(bundle, 'kubernetes');
        if (part === undefined) throw new Error('no kubernetes');
        const unpacked = await unpackPart(bundle, part, { cacheDir: folder, progress: silentProgress }, signal);
        for (const { name } of part.files)
          expect(checkCodeDirectory(await readFile(join(unpacked, name)))).toMatchObject({ identifier: 'a.out' });
      },
    );

    it('carries the licences of what it carries', () => {
      const text = showLicences(bundle);
      for (const name of ['Node 22.', 'k8s.io/kubernetes v1.36.', 'github.com/k3s-io/kine v', 'sigs.k8s.io/kwok v'])
        expect(text).toContain(`\n${name}`);
      const isOfWindows = text.includes('\ngithub.com/Microsoft/go-winio v');
      expect(isOfWindows).toBe(target.platform === 'win32');
    });
  });
}
