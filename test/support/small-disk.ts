import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** A small disk of its own. */
export interface SmallDisk {
  folder: string;
  /** Takes all of the space that is left. */
  fill(): Promise<void>;
  /** Gives the space back. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** Returns why there can be none here, undefined if there can. */
export function smallDiskUnavailable(): string | undefined {
  if (process.platform !== 'linux') return `a disk in memory needs Linux, this is ${process.platform}`;
  return process.getuid?.() === 0 ? undefined : 'mounting a disk needs root';
}

/** Mounts one of `megabytes`, in memory. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'k3v-test', folder]);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async fill() {
      const file = await open(ballast, 'a');
      try {
        // In ever smaller pieces, so that not a page is left.
        for (const size of [1 << 20, 1 << 12]) {
          const piece = Buffer.alloc(size);
          while (await writeWhole(file, piece));
        }
      } finally {
        await file.close();
      }
    },
    free: async () => await rm(ballast, { force: true }),
    async remove() {
      await execa('umount', ['--lazy', folder], { reject: false });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeWhole(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<boolean> {
  try {
    return (await file.write(piece)).bytesWritten > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
