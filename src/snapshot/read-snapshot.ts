import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { K3vError } from '../errors.ts';
import { createByteReader } from './byte-reader.ts';
import { brokenSnapshot } from './snapshot-errors.ts';
import { parseSnapshotManifest, type SnapshotFile, type SnapshotManifest } from './snapshot-manifest.ts';
import { assertSealed, sealBytes } from './snapshot-seal.ts';
import { parseTarHeader, tarHeaderBytes, tarPadding } from './tar-header.ts';

const maxManifestBytes = 64 * 1024 * 1024;

/** Takes the content of one file of a snapshot, as it comes. */
type Sink = (file: SnapshotFile, chunks: AsyncIterable<Buffer>) => Promise<void>;

/**
 * Reads a snapshot to its end, checks all of it, the checksum of the whole first, and returns its manifest. `sink` gets every file in order; what it
 * was given counts only once this has resolved. Rejects with SNAPSHOT_BROKEN, SNAPSHOT_NEWER, or SNAPSHOT_MISSING.
 */
export async function readSnapshot(file: string, sink: Sink = drain): Promise<SnapshotManifest> {
  try {
    await assertSealed(file);
  } catch (error) {
    throw missing(file, error) ?? error;
  }
  const gunzip = createGunzip();
  const source = createReadStream(file, { start: sealBytes });
  source.on('error', (error) => gunzip.destroy(error));
  const bytes = createByteReader(source.pipe(gunzip));
  try {
    const head = await nextHeader(bytes.take);
    if (head?.name !== 'manifest.json' || head.size > maxManifestBytes) throw new Error('has no manifest');
    const manifest = parseSnapshotManifest((await bytes.take(head.size)).toString('utf8'), file);
    await bytes.take(tarPadding(head.size));
    for (const each of manifest.files) {
      const header = await nextHeader(bytes.take);
      if (header?.name !== each.path || header.size !== each.size) throw new Error(`does not hold ${each.path}`);
      const hash = createHash('sha256');
      await sink(
        each,
        hashed(bytes.chunks(each.size), (chunk) => hash.update(chunk)),
      );
      if (hash.digest('hex') !== each.sha256) throw new Error(`holds another ${each.path} than its manifest says`);
      await bytes.take(tarPadding(each.size));
    }
    if ((await nextHeader(bytes.take)) !== undefined) throw new Error('holds more than its manifest says');
    return manifest;
  } catch (error) {
    if (error instanceof K3vError || (error instanceof Error && 'syscall' in error)) throw error;
    throw brokenSnapshot(file, error instanceof Error ? error.message : String(error), error);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function nextHeader(take: (size: number) => Promise<Buffer>) {
  return parseTarHeader(await take(tarHeaderBytes));
}

async function* hashed(chunks: AsyncIterable<Buffer>, onChunk: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onChunk(chunk);
    yield chunk;
  }
}

async function drain(_file: SnapshotFile, chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _chunk of chunks);
}

function missing(file: string, error: unknown): K3vError | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  if (error.code !== 'ENOENT' && error.code !== 'EISDIR') return undefined;
  const hint = 'k3v snapshot list shows those of the data directory; of another, give the path of the file.';
  return new K3vError('SNAPSHOT_MISSING', `there is no snapshot ${file}`, { hint, cause: error });
}
