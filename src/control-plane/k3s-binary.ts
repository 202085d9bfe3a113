import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundledPart } from '../bundle/bundle.ts';
import { unpackPart } from '../bundle/unpack-part.ts';
import { K3vError } from '../errors.ts';
import type { ControlPlaneOptions } from './control-plane.ts';
import { downloadK3s, findCachedK3s, k3sAsset, pinnedK3sVersion } from './k3s-release.ts';
import { type K3sVersion, oldestK3sMinor, parseK3sVersion } from './k3s-version.ts';

/** A k3s binary that runs here and is new enough. */
export interface K3sBinary {
  /** A path, or `k3s` for the one on PATH. */
  command: string;
  version: K3sVersion;
  /** Where it came from, as `PreparedDistro.source` wants it. */
  source: string;
}

const run = promisify(execFile);
const versionTimeoutMs = 30_000;

/**
 * Returns the k3s to use: the one of `--k3s-binary`, else that which the packaged k3v carries, else on PATH, else in the cache, else downloaded.
 * Rejects with K3vError `FLAG_INVALID` when `--k3s-binary` is no k3s or too old; `DISTRO_UNAVAILABLE`, `DOWNLOAD_FAILED`,
 * `CHECKSUM_MISMATCH` or `DISK_FULL` when there is none to be had; like `unpackPart`.
 */
export async function findK3s(options: ControlPlaneOptions, signal: AbortSignal): Promise<K3sBinary> {
  const { bundle } = options;
  const bundled = bundle && bundledPart(bundle, 'k3s');
  if (bundle && bundled && options.k3sBinary === undefined) {
    const folder = await unpackPart(bundle, bundled, options, signal);
    return useRelease(join(folder, 'k3s'), 'the packaged k3v carries it', signal);
  }
  const found = await findK3sAtHand(options, signal);
  if (found !== undefined) return found;
  const { cacheDir, progress, proxy, k3sReleaseUrl: releaseUrl } = options;
  return useRelease(
    await downloadK3s({ releaseUrl, cacheDir, progress, proxy }, signal),
    'k3s could be downloaded',
    signal,
  );
}

/**
 * Returns the k3s to use if it need not be downloaded, that of the packaged k3v left aside; undefined if it must be. Rejects with K3vError `FLAG_INVALID` when `--k3s-binary` is no k3s or too old, and with
 * `DISTRO_UNAVAILABLE` where k3s has no release.
 */
export async function findK3sAtHand(
  options: Pick<ControlPlaneOptions, 'k3sBinary' | 'cacheDir' | 'log'>,
  signal: AbortSignal,
): Promise<K3sBinary | undefined> {
  if (options.k3sBinary !== undefined) return useGiven(resolve(options.k3sBinary), signal);
  const onPath = await versionOf('k3s', signal);
  if (typeof onPath !== 'string' && onPath.minor >= oldestK3sMinor) {
    return { command: 'k3s', version: onPath, source: 'k3s is on PATH' };
  }
  if (typeof onPath !== 'string') {
    options.log.warn({ version: onPath.text, oldest: `v1.${oldestK3sMinor}` }, 'the k3s on PATH is too old, not used');
  }
  // Where k3s has no release nothing in the cache can run either.
  k3sAsset(process.platform, process.arch);
  const cached = await findCachedK3s(options.cacheDir, pinnedK3sVersion);
  return cached === undefined ? undefined : useRelease(cached, 'k3s is in the cache', signal);
}

async function useGiven(path: string, signal: AbortSignal): Promise<K3sBinary> {
  const version = await versionOf(path, signal);
  if (typeof version === 'string') {
    throw new K3vError('FLAG_INVALID', `--k3s-binary ${path} is not a k3s that runs here: ${version}`, {
      hint: 'Give the path of a k3s binary for this machine, or leave the flag out.',
    });
  }
  if (version.minor < oldestK3sMinor) {
    throw new K3vError('FLAG_INVALID', `--k3s-binary ${path} is ${version.text}, older than v1.${oldestK3sMinor}`, {
      hint: `Give a newer k3s, or leave the flag out to get ${pinnedK3sVersion}.`,
    });
  }
  return { command: path, version, source: '--k3s-binary names it' };
}

async function useRelease(path: string, source: string, signal: AbortSignal): Promise<K3sBinary> {
  const version = await versionOf(path, signal);
  if (typeof version !== 'string') return { command: path, version, source };
  throw new K3vError('DISTRO_UNAVAILABLE', `${path} does not run here: ${version}`, {
    hint: 'Give a k3s binary with --k3s-binary, or use --distro kubernetes.',
  });
}

/** Returns the version that `command` reports, or in words why there is none. */
async function versionOf(command: string, signal: AbortSignal): Promise<K3sVersion | string> {
  try {
    const { stdout } = await run(command, ['--version'], { signal, timeout: versionTimeoutMs });
    return parseK3sVersion(stdout) ?? `it does not report a k3s version but "${stdout.slice(0, 80).trim()}"`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  }
}
