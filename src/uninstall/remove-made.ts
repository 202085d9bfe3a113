import type { KubeClient } from '../kube/client.ts';
import { StatusError, ifFound } from '../kube/errors.ts';
import type { ProgressStep } from '../progress.ts';
import type { Translator } from '../translate/translator.ts';
import type { HostKind } from './find-kinds.ts';
import { type HostObject, findMade, wordFor } from './find-made.ts';

const atOnce = 8;

/** An object that is still there, and what it waits for. */
export interface Left {
  what: string;
  why: string;
}

/**
 * Deletes all that k3v made of `kinds`, and resolves when nothing is left of it, or after `timeoutMs` with what is. Whatever comes up meanwhile is deleted, too.
 * Rejects with ConnectionError if the host goes away. `step` counts up to `total`.
 */
export async function removeMade(
  client: KubeClient,
  kinds: readonly HostKind[],
  {
    translator,
    total,
    timeoutMs,
    step,
    wait,
    now,
  }: {
    translator: Translator;
    total: number;
    timeoutMs: number;
    step: Pick<ProgressStep, 'update'>;
    wait: () => Promise<void>;
    /** Milliseconds, never set back. */
    now: () => number;
  },
): Promise<Left[]> {
  const endMs = now() + timeoutMs;
  let looked = kinds;
  for (;;) {
    const { own } = await findMade(client, looked, translator);
    step.update({ done: Math.max(0, total - own.length), total, unit: 'items' });
    if (own.length === 0 && looked === kinds) return [];
    const refusals = await deleteAll(client, own);
    if (own.length > 0 && now() >= endMs) {
      return own.map((each) => ({ what: wordFor(each), why: refusals.get(each) ?? whyHeld(each) }));
    }
    // What is done with is looked at once more, at the end.
    looked = own.length === 0 ? kinds : kinds.filter((kind) => own.some((each) => each.kind === kind));
    if (own.length > 0) await wait();
  }
}

/** Asks the host to delete those that it was not asked for yet; resolves with its words for those that it refuses. */
async function deleteAll(client: KubeClient, objects: readonly HostObject[]): Promise<Map<HostObject, string>> {
  const refusals = new Map<HostObject, string>();
  const waiting = objects.filter(({ object }) => !object.metadata.deletionTimestamp);
  const work = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) {
      const { resource } = each.kind;
      const { namespace, name, uid } = each.object.metadata;
      try {
        await ifFound(client.delete({ resource, namespace, name }, { uid }));
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refusals.set(each, error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return refusals;
}

function whyHeld({ object: { metadata } }: HostObject): string {
  const { finalizers = [], deletionGracePeriodSeconds } = metadata;
  if (finalizers.length > 0) return `waits for the finalizer ${finalizers.join(', ')}`;
  if (deletionGracePeriodSeconds) return `has ${deletionGracePeriodSeconds} seconds to end`;
  return 'is not gone yet';
}
