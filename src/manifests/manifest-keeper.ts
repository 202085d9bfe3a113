import type { KubeClient } from '../kube/client.ts';
import { delay } from '../kube/delay.ts';
import type { Logger } from '../log.ts';
import { applyManifests } from './apply-manifests.ts';
import { type Manifest, wordsFor } from './manifest.ts';
import { manifestsIn, readManifestFiles, readManifests } from './read-manifests.ts';

/** How often the files are read. */
const lookMs = 5_000;
const firstPauseMs = 1_000;
/** After this long at the latest, changes of the files are seen, too. */
const longestPauseMs = 15_000;

/** How it stands with the manifests. */
export interface ManifestsStanding {
  total: number;
  /** Those that are not in place: why, by their kinds and names. */
  waiting: Record<string, string>;
  /** Why the files as they are now cannot be used; those of before count. */
  broken?: string | undefined;
}

/** Keeps the objects of the `--manifests` files in the virtual cluster. */
export interface ManifestKeeper {
  /** Applies them, again when the files change, and what could not be applied with growing pauses; resolves when `signal` aborts. One caller at a time. */
  keep(client: KubeClient, signal: AbortSignal): Promise<void>;
  standing(): ManifestsStanding;
}

/** Returns the keeper of the files in `paths`. Rejects with MANIFEST_BROKEN if they cannot be used. What leaves the files stays in the cluster. */
export async function createManifestKeeper(
  paths: readonly string[],
  { log }: { log: Logger },
): Promise<ManifestKeeper> {
  let manifests = await readManifests(paths);
  let waiting = notApplied(manifests);
  let broken: string | undefined;
  /** The files as they were understood last. */
  let understood = '';

  async function read(): Promise<Manifest[]> {
    try {
      const files = await readManifestFiles(paths);
      const texts = JSON.stringify(files);
      if (texts === understood) return manifests;
      const found = manifestsIn(files);
      understood = texts;
      broken = undefined;
      return found;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== broken) log.warn({ reason }, 'manifests have changed, and cannot be used');
      broken = reason;
      understood = '';
      return manifests;
    }
  }

  /** Resolves with whether all are in place. */
  async function apply(client: KubeClient): Promise<boolean> {
    const before = waiting;
    try {
      const unapplied = await applyManifests(client, manifests);
      waiting = Object.fromEntries(unapplied.map(({ manifest, why }) => [wordsFor(manifest), why]));
      for (const { manifest, why } of unapplied) {
        const object = wordsFor(manifest);
        if (before[object] !== why) log.warn({ object, file: manifest.file, reason: why }, 'manifest is not in place');
      }
      if (unapplied.length === 0) log.info({ manifests: manifests.length }, 'all manifests are in place');
      return unapplied.length === 0;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, 'could not apply the manifests');
      return false;
    }
  }

  return {
    async keep(client, signal) {
      let isDone = false;
      let pauseMs = firstPauseMs;
      while (!signal.aborted) {
        isDone ||= await apply(client);
        await delay(isDone ? lookMs : pauseMs, signal);
        pauseMs = isDone ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
        const found = await read();
        if (found === manifests || JSON.stringify(found) === JSON.stringify(manifests)) continue;
        waiting = notApplied(found, manifests);
        manifests = found;
        isDone = false;
        pauseMs = firstPauseMs;
      }
    },
    standing: () => ({ total: manifests.length, waiting, broken }),
  };
}

/** What of `manifests` is not as it was `before`. */
function notApplied(manifests: readonly Manifest[], before: readonly Manifest[] = []): Record<string, string> {
  const known = new Set(before.map(({ object }) => JSON.stringify(object)));
  const changed = manifests.filter(({ object }) => !known.has(JSON.stringify(object)));
  return Object.fromEntries(changed.map((manifest) => [wordsFor(manifest), 'is not applied yet']));
}
