import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadFile } from '../../../src/control-plane/download.ts';
import { cachedK3sPath, downloadK3s, findCachedK3s } from '../../../src/control-plane/k3s-release.ts';
import { type Progress, silentProgress } from '../../../src/progress.ts';
import { publishK3s, type ReleaseServer, startReleaseServer } from '../../support/release-server.ts';

const version = 'v1.36.1+k3s1';
const binary = Buffer.alloc(300_000, 'k3s');
const forever = new AbortController().signal;

let server: ReleaseServer;
let cacheDir: string;

beforeEach(async () => {
  server = await startReleaseServer();
  cacheDir = await mkdtemp(join(tmpdir(), 'k3v-release-'));
});

afterEach(async () => {
  await server.close();
  await rm(cacheDir, { recursive: true });
});

function download(releaseUrl = server.url, progress: Progress = silentProgress, signal = forever): Promise<string> {
  return downloadK3s({ releaseUrl, cacheDir, progress, version, platform: 'linux', arch: 'x64' }, signal);
}

/** Every file in the cache, so that a forgotten half-written one is seen. */
async function cachedFiles(): Promise<string[]> {
  const entries = await readdir(cacheDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('downloadK3s', () => {
  test('stores the release as an executable file', async () => {
    publishK3s(server, version, binary);
    const path = await download();
    expect(path).toBe(cachedK3sPath(cacheDir, version));
    expect(await readFile(path)).toEqual(binary);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await cachedFiles()).toEqual(['k3s']);
    expect(server.requests).toEqual(['/v1.36.1%2Bk3s1/sha256sum-amd64.txt', '/v1.36.1%2Bk3s1/k3s']);
  });

  test('is found in the cache from then on', async () => {
    expect(await findCachedK3s(cacheDir, version)).toBeUndefined();
    publishK3s(server, version, binary);
    const path = await download();
    expect(await findCachedK3s(cacheDir, version)).toBe(path);
    expect(await findCachedK3s(cacheDir, 'v1.99.0+k3s1')).toBeUndefined();
  });

  test('follows redirects, as GitHub sends them', async () => {
    publishK3s(server, version, binary);
    expect(await readFile(await download(`${server.url}/moved`))).toEqual(binary);
  });

  test('shows its progress in bytes up to the whole length', async () => {
    publishK3s(server, version, binary);
    const seen: { done: number; total: number; unit: string }[] = [];
    const ends: string[] = [];
    const progress: Progress = {
      step: () => ({
        update: (amount) => void seen.push(amount),
        note() {},
        done: () => void ends.push('done'),
        fail: () => void ends.push('fail'),
      }),
    };
    await download(server.url, progress);
    expect(seen.at(0)).toEqual({ done: 0, total: binary.length, unit: 'bytes' });
    expect(seen.at(-1)).toEqual({ done: binary.length, total: binary.length, unit: 'bytes' });
    expect(ends).toEqual(['done']);
  });

  test('refuses a binary that does not have the checksum of its release', async () => {
    publishK3s(server, version, binary);
    server.files.set(`/${version}/k3s`, { body: Buffer.alloc(300_000, 'bad') });
    await expect(download()).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: expect.stringContaining('/k3s'),
    });
    expect(await cachedFiles()).toEqual([]);
  });

  test.each([
    ['the binary is cut', () => server.files.set(`/${version}/k3s`, { body: binary, fault: 'cut' })],
    ['the release has no binary', () => server.files.delete(`/${version}/k3s`)],
    ['the release does not exist', () => server.files.clear()],
    [
      'the list of checksums does not name the binary',
      () => server.files.set(`/${version}/sha256sum-amd64.txt`, { body: Buffer.from('<html></html>') }),
    ],
    [
      'the list of checksums is far too long',
      () => server.files.set(`/${version}/sha256sum-amd64.txt`, { body: Buffer.alloc(1_000_000, 'x') }),
    ],
    [
      'the list of checksums is cut',
      () => server.files.set(`/${version}/sha256sum-amd64.txt`, { body: Buffer.alloc(1000, 'x'), fault: 'cut' }),
    ],
  ])('fails with one clear error and leaves nothing behind when %s', async (_what, spoil) => {
    publishK3s(server, version, binary);
    spoil();
    await expect(download()).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining(server.url),
      hint: expect.stringMatching(/--k3s-binary.*--distro kubernetes/),
    });
    expect(await cachedFiles()).toEqual([]);
  });

  test('says that nobody answers when there is no network', async () => {
    const port = await closedPort();
    await expect(download(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('--k3s-binary'),
    });
    expect(await cachedFiles()).toEqual([]);
  });

  test('works again after a cut download', async () => {
    publishK3s(server, version, binary);
    server.files.set(`/${version}/k3s`, { body: binary, fault: 'cut' });
    await expect(download()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    publishK3s(server, version, binary);
    expect(await readFile(await download())).toEqual(binary);
  });

  test('ends with the reason of the signal when k3v is asked to stop, and leaves nothing behind', async () => {
    publishK3s(server, version, binary);
    server.files.set(`/${version}/k3s`, { body: binary, fault: 'stall' });
    const stopping = new AbortController();
    const reason = new Error('asked to stop');
    const progress: Progress = {
      step: () => ({
        ...silentProgress.step(''),
        update: ({ done }) => {
          if (done > 0) stopping.abort(reason);
        },
      }),
    };
    await expect(download(server.url, progress, stopping.signal)).rejects.toBe(reason);
    expect(await cachedFiles()).toEqual([]);
  });
});

describe('downloadFile', () => {
  test('gives up when the server goes silent', async () => {
    server.files.set('/k3s', { body: binary, fault: 'stall' });
    const to = join(cacheDir, 'k3s');
    await expect(
      downloadFile({ url: `${server.url}/k3s`, sha256: '0'.repeat(64), to, mode: 0o755, stallMs: 50 }, forever),
    ).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringContaining('nothing came for 0.05 s') });
    expect(await cachedFiles()).toEqual([]);
  });

  test('keeps the file that was there when the new one is wrong', async () => {
    const to = join(cacheDir, 'k3s');
    await writeFile(to, 'old');
    server.files.set('/k3s', { body: binary });
    await expect(
      downloadFile({ url: `${server.url}/k3s`, sha256: '0'.repeat(64), to, mode: 0o755 }, forever),
    ).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(await readFile(to, 'utf8')).toBe('old');
  });

  test('clears away what a killed download left long ago, but not what another one is writing', async () => {
    publishK3s(server, version, binary);
    const path = await download();
    const old = new Date(Date.now() - 3_600_000);
    await writeFile(`${path}.000000000000.part`, 'old');
    await utimes(`${path}.000000000000.part`, old, old);
    await writeFile(`${path}.111111111111.part`, 'of another k3v');
    await download();
    expect((await readdir(dirname(path))).toSorted()).toEqual(['k3s', 'k3s.111111111111.part']);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
