import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Bundle } from '../../bundle/bundle.ts';
import { fileExists } from '../../file-exists.ts';
import { platform } from '../../platform/this-platform.ts';
import { builtControlPlane } from '../built-control-plane.ts';
import type { Check } from '../check.ts';
import { type Finding, fail, ok, warn } from '../finding.ts';

const [least, comfortable] = [50e6, 1e9];
/** As go-tool.ts says of a build. */
const forBuild = 5e9;

/** Whether the data directory and the cache can be written, and have space. */
export const diskCheck: Check = {
  name: 'disk',
  async run(facts) {
    const { bundle } = facts;
    const isBuilt = await builtControlPlane(facts).catch(() => false);
    return [
      await spaceFor('the data directory', facts.dataDir, { comfortable, flag: '--data-dir' }),
      await spaceFor('the cache', facts.cacheDir, {
        comfortable: bundle ? unpackedSize(bundle) : isBuilt ? least : forBuild,
        flag: platform.cacheVariable,
      }),
    ];
  },
};

function unpackedSize({ parts }: Bundle): number {
  return parts.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0);
}

async function spaceFor(
  what: string,
  path: string,
  { comfortable: enough, flag }: { comfortable: number; flag: string },
): Promise<Finding> {
  const there = await nearestThere(path);
  const isWritable = await access(there, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return fail(`${what} ${path} cannot be written`, `Change its owner or mode, or choose another with ${flag}.`);
  const { bavail, bsize } = await statfs(there);
  const free = bavail * bsize;
  const words = `${gigabytes(free)} free for ${what} ${path}`;
  if (free < least) return fail(words, 'Free some space.');
  return free < enough ? warn(`${words}, and ${gigabytes(enough)} may be needed`, 'Free some space.') : ok(words);
}

async function nearestThere(path: string): Promise<string> {
  return (await fileExists(path)) || dirname(path) === path ? path : await nearestThere(dirname(path));
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
