import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskFull } from '../disk-full.ts';
import { K3vError } from '../errors.ts';
import { syncFolder } from '../sync-folder.ts';
import { noProxies, type ProxySettings } from './proxy-settings.ts';

/** What to fetch, what it must be, and where it shall lie. */
export interface Download {
  url: string;
  /** 64 hex digits. */
  sha256: string;
  /** Path of the finished file; its folder is made. */
  to: string;
  /** Mode of the finished file, for example 0o755. */
  mode: number;
  /** Bytes so far; `total` 0 means that the server did not say. */
  onProgress?: (done: number, total: number) => void;
  /** Silence after which the download is given up. Default: 60 s. */
  stallMs?: number;
  /** Default: none. */
  proxy?: ProxySettings | undefined;
}

const defaultStallMs = 60_000;
/** No download that is alive leaves its file untouched for this long. */
const abandonedMs = 10 * 60_000;

/**
 * Fetches a file, checks its SHA-256 and puts it in place in one step: `to` is either complete or not there, and
 * nothing else is left behind. Redirects are followed.
 * Rejects with K3vError `DOWNLOAD_FAILED`, `CHECKSUM_MISMATCH` or `DISK_FULL`, or with the signal's reason.
 */
export async function downloadFile(download: Download, signal: AbortSignal): Promise<void> {
  const folder = dirname(download.to);
  const part = join(folder, `${basename(download.to)}.${randomBytes(6).toString('hex')}.part`);
  try {
    await mkdir(folder, { recursive: true });
    await removeAbandonedParts(download.to);
    const file = await open(part, 'wx', 0o600);
    try {
      const sha256 = await receive(download, file, signal);
      if (sha256 !== download.sha256.toLowerCase()) {
        throw new K3vError('CHECKSUM_MISMATCH', `${download.url} has SHA-256 ${sha256}, not ${download.sha256}`, {
          hint: 'Try again; if it stays so, something between here and the release changes the file.',
        });
      }
      await file.chmod(download.mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, download.to);
    await syncFolder(folder);
  } catch (error) {
    await rm(part, { force: true });
    signal.throwIfAborted();
    throw asDownloadError(download.url, error);
  }
}

/**
 * Returns the text at `url`, at most `limitBytes` long.
 * Rejects with K3vError `DOWNLOAD_FAILED` or with the signal's reason.
 */
export async function downloadText(
  { url, limitBytes, proxy }: { url: string; limitBytes: number; proxy?: ProxySettings | undefined },
  signal: AbortSignal,
): Promise<string> {
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of bytesOf({ url, proxy }, signal)) {
      length += chunk.byteLength;
      if (length > limitBytes) throw new K3vError('DOWNLOAD_FAILED', `${url} is longer than ${limitBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    signal.throwIfAborted();
    throw asDownloadError(url, error);
  }
}

async function receive(download: Download, file: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  let total = 0;
  const onLength = (length: number) => {
    total = length;
    download.onProgress?.(0, total);
  };
  for await (const chunk of bytesOf(download, signal, onLength)) {
    hash.update(chunk);
    await file.writeFile(chunk);
    done += chunk.byteLength;
    download.onProgress?.(done, total);
  }
  if (total > 0 && done !== total) throw new Error(`only ${done} of ${total} bytes came`);
  return hash.digest('hex');
}

/** Yields the body of `url`; throws when the status is not 200, the body is cut, or nothing comes for `stallMs`. */
async function* bytesOf(
  { url, stallMs = defaultStallMs, proxy = noProxies }: Pick<Download, 'url' | 'stallMs' | 'proxy'>,
  signal: AbortSignal,
  onLength?: (total: number) => void,
): AsyncGenerator<Uint8Array> {
  // Loaded late, as it takes 13 MB, and most starts download nothing.
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  let dispatcher: InstanceType<typeof EnvHttpProxyAgent> | undefined;
  try {
    dispatcher = new EnvHttpProxyAgent({ ...proxy });
    const response = await fetch(url, { dispatcher, signal: AbortSignal.any([signal, stall.signal]) });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    // The length of a compressed body says nothing about the bytes that come out of it.
    const encoded = response.headers.has('content-encoding');
    onLength?.(encoded ? 0 : Number(response.headers.get('content-length') ?? 0));
    for await (const chunk of response.body) {
      timer.refresh();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw stall.signal.aborted && !signal.aborted ? stall.signal.reason : error;
  } finally {
    clearTimeout(timer);
    await dispatcher?.destroy();
  }
}

function asDownloadError(url: string, error: unknown): K3vError {
  if (error instanceof K3vError) return error;
  const failed = `${url} could not be downloaded: ${innermost(error)}`;
  return diskFull(error, url) ?? new K3vError('DOWNLOAD_FAILED', failed, { cause: error });
}

/** undici hides the reason (ECONNREFUSED, ENOTFOUND, "other side closed") under "fetch failed" and "terminated". */
function innermost(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause !== undefined) reason = reason.cause;
  if (!(reason instanceof Error)) return String(reason);
  const code = 'code' in reason && typeof reason.code === 'string' ? reason.code : reason.name;
  return reason.message === '' ? code : reason.message;
}

/** Removes what a k3v that was killed in mid-download left beside `to`. */
async function removeAbandonedParts(to: string): Promise<void> {
  const folder = dirname(to);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(to)}.`) || !name.endsWith('.part')) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true });
  }
}
