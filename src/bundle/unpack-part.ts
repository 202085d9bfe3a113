import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { withBuildLock } from '../control-plane/build-lock.ts';
import { K3vError } from '../errors.ts';
import { platform } from '../platform/this-platform.ts';
import { type Progress, type ProgressStep, within } from '../progress.ts';
import { syncFolder } from '../sync-folder.ts';
import { assertExecutable, brokenBundle, noRoom, unpackError } from './bundle-errors.ts';
import type { Bundle, BundledFile, BundledPart } from './bundle.ts';

export interface UnpackOptions {
  cacheDir: string;
  progress: Progress;
}

/**
 * Returns the folder that holds the files of the part, `<cacheDir>/bundle/<name>-<hash>`, or that of the same name where parts came unpacked. They are unpacked once: all of them appear together, with
 * their bytes checked against the part's hash, and two processes do not unpack the same at the same time. A folder in
 * which files are missing or have another size is made anew.
 * Rejects with K3vError `BUNDLE_BROKEN`, `DISK_FULL`, `CACHE_NOT_WRITABLE` or `CACHE_NOT_EXECUTABLE`, or with the signal's reason.
 */
export async function unpackPart(
  bundle: Bundle,
  part: BundledPart,
  { cacheDir, progress }: UnpackOptions,
  signal: AbortSignal,
): Promise<string> {
  const given = bundle.unpacked && partFolder(bundle.unpacked, part);
  if (given && (await isWhole(given, part.files))) return given;
  const folder = partFolder(cacheDir, part);
  if (!(await isWhole(folder, part.files))) {
    const step = progress.step(`unpacking ${part.name} ${part.version}`);
    const onWait = () => step.note('waiting for another k3v that unpacks the same');
    await within(step, async () => {
      try {
        await withBuildLock(`${folder}.lock`, { onWait, signal }, async () => {
          if (!(await isWhole(folder, part.files))) await unpack(bundle, part, { folder, step, signal });
        });
      } catch (error) {
        signal.throwIfAborted();
        throw unpackError(error, { file: bundle.file, cacheDir });
      }
    });
    step.done();
  }
  for (const { name, mode } of part.files) if (mode & 0o100) assertExecutable(join(folder, name), cacheDir);
  return folder;
}

/** Returns where the part is unpacked to. Another version of k3v has another folder, unless the part is the same. */
export function partFolder(cacheDir: string, part: BundledPart): string {
  return join(cacheDir, 'bundle', `${part.name}-${part.sha256.slice(0, 16)}`);
}

async function isWhole(folder: string, files: readonly BundledFile[]): Promise<boolean> {
  const checks = files.map(async ({ name, size }) => {
    const found = await stat(join(folder, name)).catch(() => undefined);
    return found?.size === size;
  });
  return (await Promise.all(checks)).every(Boolean);
}

async function unpack(
  bundle: Bundle,
  part: BundledPart,
  { folder, step, signal }: { folder: string; step: ProgressStep; signal: AbortSignal },
): Promise<void> {
  const total = part.files.reduce((sum, { size }) => sum + size, 0);
  const temporary = `${folder}.unfinished`;
  await rm(temporary, { recursive: true, force: true });
  const free = await statfs(dirname(folder));
  if (free.bavail * free.bsize < total) {
    const [needed, left] = [total, free.bavail * free.bsize].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
    throw noRoom(`${part.name} ${part.version} needs ${needed} in ${dirname(folder)}, and ${left} are free`);
  }
  await mkdir(temporary, { mode: 0o700 });
  try {
    const hash = createHash('sha256');
    let length = 0;
    const start = bundle.begin + part.offset;
    await pipeline(
      createReadStream(bundle.file, { start, end: start + part.length - 1, highWaterMark: 1 << 20 }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          length += chunk.byteLength;
          step.update({ done: length, total: part.length, unit: 'bytes' });
          yield chunk;
        }
        if (length < part.length)
          throw brokenBundle(bundle.file, `is cut off: ${part.length - length} bytes are missing`);
        if (hash.digest('hex') !== part.sha256) throw brokenBundle(bundle.file, alteredText(part));
      },
      createZstdDecompress(),
      async (chunks: AsyncIterable<Buffer>) => await writeFiles(temporary, part.files, chunks),
      { signal },
    );
    await rm(folder, { recursive: true, force: true });
    await platform.renameFolder(temporary, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw isZstdError(error) ? brokenBundle(bundle.file, alteredText(part), error) : error;
  }
}

function alteredText(part: BundledPart): string {
  return `is damaged: what it carries of ${part.name} does not have its checksum`;
}

function isZstdError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ZSTD_|Z_)/.test(String(error.code));
}

/** Cuts `chunks` into the files; each is on the disk when this resolves. */
async function writeFiles(folder: string, files: readonly BundledFile[], chunks: AsyncIterable<Buffer>): Promise<void> {
  const waiting = [...files];
  let file: FileHandle | undefined;
  let missing = 0;
  const next = async () => {
    await file?.sync();
    await file?.close();
    const entry = waiting.shift();
    file = entry && (await open(join(folder, entry.name), 'wx', entry.mode));
    missing = entry?.size ?? 0;
  };
  try {
    await next();
    for await (const chunk of chunks) {
      for (let rest = chunk; rest.byteLength > 0; ) {
        if (file === undefined) throw new K3vError('BUNDLE_BROKEN', `${folder} would get more than its files`);
        const piece = rest.subarray(0, missing);
        await file.writeFile(piece);
        missing -= piece.byteLength;
        rest = rest.subarray(piece.byteLength);
        if (missing === 0) await next();
      }
    }
  } finally {
    await file?.close();
  }
}
