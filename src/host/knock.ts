import { randomUUID } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import { delay } from '../kube/delay.ts';
import { ifFound } from '../kube/errors.ts';
import { type ConfigMap, resources } from '../kube/types.ts';
import { claimName } from './claim-id.ts';

/** On the claim of an id: somebody asks whether a k3v keeps it. Who does takes it off. */
const knock = 'k3v.io/knock';
/** A k3v whose watch of its claim is whole answers within a second. */
const patienceMs = 10_000;
const pauseMs = 250;

/**
 * Resolves with whether a k3v, on whatever machine, keeps the claim of `id`: it is asked by an annotation on the claim, and answers by taking it off. One that
 * cannot reach the host does not answer. False, at once, if there is no claim.
 */
export async function isClaimKept(
  client: KubeClient,
  { namespace, id, waitMs = patienceMs }: { namespace: string; id: string; waitMs?: number },
): Promise<boolean> {
  const ref = refOf(namespace, id);
  const word = randomUUID();
  if (!(await ifFound(annotate(client, ref, word)))) return false;
  const never = new AbortController().signal;
  const endMs = performance.now() + waitMs;
  while (performance.now() < endMs) {
    await delay(pauseMs, never);
    // One that is gone was deleted by somebody else: whoever keeps it makes it anew, without the question.
    const claim = await ifFound(client.get<ConfigMap>(ref));
    if (claim && !isKnocked(claim)) return true;
  }
  await answerKnock(client, namespace, id);
  return false;
}

/** Whether somebody asks who keeps `claim`. */
export function isKnocked({ metadata }: ConfigMap): boolean {
  return metadata.annotations?.[knock] !== undefined;
}

/** Takes the question off the claim of `id`. */
export async function answerKnock(client: KubeClient, namespace: string, id: string): Promise<void> {
  await ifFound(annotate(client, refOf(namespace, id), null));
}

function refOf(namespace: string, id: string) {
  return { resource: resources.configMaps, namespace, name: claimName(id) };
}

async function annotate(client: KubeClient, ref: ReturnType<typeof refOf>, word: string | null): Promise<ConfigMap> {
  return await client.patch<ConfigMap>(ref, 'merge', { metadata: { annotations: { [knock]: word } } });
}
