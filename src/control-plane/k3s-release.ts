import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { downloadFile, downloadText } from './download.ts';

/** The k3s release that k3v downloads when it finds none. */
export const pinnedK3sVersion = 'v1.36.1+k3s1';

/** Where k3s releases lie: `<url>/<version>/<file>`. */
export const defaultK3sReleaseUrl = 'https://github.com/k3s-io/k3s/releases/download';

/** The names of a release's binary and of its list of checksums. */
export interface K3sAsset {
  binary: string;
  sums: string;
}

export interface K3sReleaseOptions {
  releaseUrl: string;
  cacheDir: string;
  progress: Progress;
  proxy?: ProxySettings | undefined;
  /** Default: `pinnedK3sVersion`. */
  version?: string;
  /** Default: those of this machine. */
  platform?: NodeJS.Platform;
  arch?: NodeJS.Architecture;
}

/** A list of checksums has a handful of lines; anything longer is not one. */
const sumsLimitBytes = 64 * 1024;

const otherwise = 'Give a k3s binary with --k3s-binary, or use --distro kubernetes.';

/**
 * Returns which files of a release are for this machine.
 * Throws K3vError `DISTRO_UNAVAILABLE` where there is none: k3s is for Linux on amd64, arm64 and armhf.
 */
export function k3sAsset(platform: NodeJS.Platform, arch: NodeJS.Architecture): K3sAsset {
  if (platform === 'linux' && arch === 'x64') return { binary: 'k3s', sums: 'sha256sum-amd64.txt' };
  if (platform === 'linux' && arch === 'arm64') return { binary: 'k3s-arm64', sums: 'sha256sum-arm64.txt' };
  if (platform === 'linux' && arch === 'arm') return { binary: 'k3s-armhf', sums: 'sha256sum-arm.txt' };
  throw new K3vError('DISTRO_UNAVAILABLE', `there is no k3s release for ${platform} on ${arch}`, { hint: otherwise });
}

/** Returns the address of `file` in a release; the `+` of a k3s version is escaped. */
export function releaseFileUrl(releaseUrl: string, version: string, file: string): string {
  return `${releaseUrl.replace(/\/+$/, '')}/${encodeURIComponent(version)}/${file}`;
}

/** Returns the SHA-256 of `file` in `sums`, the output of sha256sum, or undefined when it is not listed. */
export function sha256Of(file: string, sums: string): string | undefined {
  for (const line of sums.split('\n')) {
    const [, sum, name] = /^([0-9a-fA-F]{64}) [ *](?:.*\/)?([^/]+?)\s*$/.exec(line) ?? [];
    if (name === file) return sum?.toLowerCase();
  }
  return undefined;
}

/** Returns where the release `version` lies in the cache, be it there or not. */
export function cachedK3sPath(cacheDir: string, version: string): string {
  return join(cacheDir, 'k3s', version, 'k3s');
}

/** Returns the path of the cached binary, or undefined when there is none. What lies there was verified before. */
export async function findCachedK3s(cacheDir: string, version: string): Promise<string | undefined> {
  const path = cachedK3sPath(cacheDir, version);
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

/**
 * Downloads a k3s release into the cache and returns the path of its binary, checked against the release's sums.
 * Rejects with K3vError `DISTRO_UNAVAILABLE`, `DOWNLOAD_FAILED`, `CHECKSUM_MISMATCH` or `DISK_FULL`; then nothing is in
 * the cache that was not there before.
 */
export async function downloadK3s(options: K3sReleaseOptions, signal: AbortSignal): Promise<string> {
  const version = options.version ?? pinnedK3sVersion;
  const asset = k3sAsset(options.platform ?? process.platform, options.arch ?? process.arch);
  const { proxy } = options;
  const to = cachedK3sPath(options.cacheDir, version);
  const step = options.progress.step(`downloading k3s ${version}`);
  try {
    const sumsUrl = releaseFileUrl(options.releaseUrl, version, asset.sums);
    const sha256 = sha256Of(
      asset.binary,
      await downloadText({ url: sumsUrl, limitBytes: sumsLimitBytes, proxy }, signal),
    );
    if (sha256 === undefined) throw new K3vError('DOWNLOAD_FAILED', `${sumsUrl} has no line for ${asset.binary}`);
    const onProgress = (done: number, total: number) => step.update({ done, total, unit: 'bytes' });
    const url = releaseFileUrl(options.releaseUrl, version, asset.binary);
    await downloadFile({ url, sha256, to, mode: 0o755, onProgress, proxy }, signal);
  } catch (error) {
    step.fail();
    throw error instanceof K3vError && error.code === 'DOWNLOAD_FAILED'
      ? new K3vError('DOWNLOAD_FAILED', error.message, { hint: otherwise, cause: error.cause })
      : error;
  }
  step.done();
  return to;
}
