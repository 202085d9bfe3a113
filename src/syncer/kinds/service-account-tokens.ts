import { type Pod, type Secret, resources } from '../../kube/types.ts';
import { projectedFiles, tokenSecretKind } from '../../translate/projected-files.ts';
import { marks } from '../../translate/translator.ts';
import { type Completion, type CompletionTools, defineSyncer } from '../define-syncer.ts';
import type { SyncContext } from '../sync-context.ts';
import { requestToken } from '../request-token.ts';
import { readTokenClaims } from '../token-claims.ts';
import {
  companionOf,
  concernsCompanions,
  goesWithPod,
  wantsCompanions,
  whenHostPodComesOrGoes,
} from './pod-companions.ts';

/** A machine that slept, or whose clock was set, finds out within this time that a token is due. */
const maxPauseMs = 10 * 60_000;
const minPauseMs = 1_000;

/**
 * Keeps the service-account tokens of each virtual pod in one host Secret, from before the host pod is made until it has gone, and renews
 * them. Keyed by the pod.
 */
export const serviceAccountTokenSyncer = defineSyncer<Pod, Secret>({
  resource: resources.pods,
  hostResource: resources.secrets,
  namedAs: tokenSecretKind,
  statusName: 'serviceaccounttokens',
  enqueuedBy: [whenHostPodComesOrGoes],
  mayCross: (virtual) => projectedFiles(virtual, 'serviceAccountToken').length > 0,
  matters: concernsCompanions,
  selects: wantsCompanions,
  isCollected: goesWithPod,
  toHost: toHostTokenSecret,
  complete: withTokens,
  wholeFields: ['data'],
});

/** Returns the Secret without its tokens. Once the pod is on a node, the Secret belongs to the host pod and names the node: no sooner, so that both cost one write. */
export function toHostTokenSecret(virtual: Pod, context: SyncContext): Secret {
  const { metadata, ...head } = companionOf(virtual, context, resources.secrets, tokenSecretKind);
  const { nodeName } = virtual.spec ?? {};
  const placed = nodeName
    ? { ...metadata, annotations: { ...metadata.annotations, [marks.node]: nodeName } }
    : { ...metadata, ownerReferences: [] };
  return { ...head, metadata: placed, type: 'Opaque' };
}

/** Adds the tokens: those that `live` has, as long as they are good; new ones else. Once the pod is on a node its tokens name it, as in any cluster (KEP-4193). */
async function withTokens(
  desired: Secret,
  live: Secret | undefined,
  virtual: Pod,
  { client, nowMs, issuerClock: clock }: CompletionTools,
): Promise<Completion<Secret>> {
  const isNamed = desired.metadata.annotations?.[marks.node] === live?.metadata.annotations?.[marks.node];
  const issuersNowMs = clock.at(nowMs);
  const isGood = (token: string) => issuersNowMs !== undefined && renewalOf(token, virtual) > issuersNowMs;
  const tokens = await Promise.all(
    projectedFiles(virtual, 'serviceAccountToken').map(async (projection) => {
      const known = decoded(live?.data?.[projection.key]);
      if (isNamed && isGood(known)) return { key: projection.key, token: known };
      const token = await requestToken(client, virtual, projection);
      const claims = readTokenClaims(token);
      if (claims) clock.learn(nowMs, claims.issuedAtMs);
      return { key: projection.key, token };
    }),
  );
  const data = Object.fromEntries(tokens.map(({ key, token }) => [key, Buffer.from(token).toString('base64')]));
  const nextMs = Math.min(...tokens.map(({ token }) => renewalOf(token, virtual)));
  const pauseMs = nextMs - (clock.at(nowMs) ?? nowMs);
  return { object: { ...desired, data }, againMs: Math.min(Math.max(minPauseMs, pauseMs), maxPauseMs) };
}

/** A token that is none, or is another pod's, is due at once. */
function renewalOf(token: string, { metadata }: Pod): number {
  const claims = readTokenClaims(token);
  return claims && claims.podUid === metadata.uid ? claims.renewAtMs : 0;
}

function decoded(value: string | undefined): string {
  return Buffer.from(value ?? '', 'base64').toString();
}
