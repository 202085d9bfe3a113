import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { K3vError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { syncFolder } from '../sync-folder.ts';
import type { SnapshotManifest } from './snapshot-manifest.ts';
import { sealBytes, snapshotSeal } from './snapshot-seal.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-header.ts';

/** A file that goes into a snapshot: its bytes, or the file that holds them. */
export interface SnapshotSource {
  path: string;
  mode: number;
  content: Buffer | { file: string };
}

/**
 * Writes a snapshot of `sources` to `target` with mode 0600: under another name, to the disk, and then in its place, so that `target` is
 * whole or not there. A manifest of the sources goes first. `onWritten` gets the bytes of content written so far. Returns the manifest.
 * Rejects with SNAPSHOT_EXISTS rather than overwrite one, or with the system's error.
 */
export async function writeSnapshot(
  target: string,
  about: Omit<SnapshotManifest, 'files'>,
  sources: SnapshotSource[],
  onWritten: (amount: { done: number; total: number }) => void = () => {},
): Promise<SnapshotManifest> {
  const files = [];
  for (const { path, mode, content } of sources) files.push({ path, mode, ...(await measure(content)) });
  const manifest: SnapshotManifest = { ...about, files };
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  await makeFolder(dirname(target), 0o700);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let at = sealBytes;
    const archive = Readable.from(archiveOf(manifest, sources, (done) => onWritten({ done, total })));
    await pipeline(archive, createGzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        await handle.write(chunk, 0, chunk.length, at);
        at += chunk.length;
      }
    });
    await handle.write(snapshotSeal(hash.digest('hex')), 0, sealBytes, 0);
    await handle.sync();
    // Unlike a rename, a link does not overwrite.
    await link(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new K3vError('SNAPSHOT_EXISTS', `${target} is there already`, { hint: 'Give another name.', cause: error });
  } finally {
    await handle.close();
    await rm(temporary, { force: true });
  }
  return manifest;
}

async function measure(content: SnapshotSource['content']): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunksOf(content)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}

async function* archiveOf(
  manifest: SnapshotManifest,
  sources: SnapshotSource[],
  onWritten: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const mtime = new Date(manifest.takenAt);
  const first = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield* entryOf('manifest.json', { size: first.length, mode: 0o600, mtime }, first);
  let done = 0;
  for (const [index, { path, content }] of sources.entries()) {
    const { size = 0, mode = 0o600 } = manifest.files[index] ?? {};
    yield* entryOf(path, { size, mode, mtime }, content);
    onWritten((done += size));
  }
  yield tarEnd;
}

async function* entryOf(
  path: string,
  about: { size: number; mode: number; mtime: Date },
  content: SnapshotSource['content'],
): AsyncGenerator<Buffer> {
  yield tarHeader(path, about);
  yield* chunksOf(content);
  yield Buffer.alloc(tarPadding(about.size));
}

async function* chunksOf(content: SnapshotSource['content']): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) return void (yield content);
  for await (const chunk of createReadStream(content.file)) yield chunk as Buffer;
}
