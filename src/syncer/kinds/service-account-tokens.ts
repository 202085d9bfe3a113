import { type Pod, type Secret, resources } from '../../kube/types.ts';
import { projectedFiles, tokenSecretKind } from '../../translate/projected-files.ts';
import { marks } from '../../translate/translator.ts';
import { type Completion, type CompletionTools, type SyncContext, defineSyncer } from '../define-syncer.ts';
import { requestToken } from '../request-token.ts';
import { readTokenClaims } from '../token-claims.ts';
import { companionOf, wantsCompanions, whenHostPodChanges } from './pod-companions.ts';

/** A machine that slept, or whose clock was set, finds out within this time that a token is due. */
const maxPauseMs = 10 * 60_000;
/** Clocks that disagree must not make a loop of requests. */
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
  enqueuedBy: [whenHostPodChanges],
  selects: (virtual, context) =>
    projectedFiles(virtual, 'serviceAccountToken').length > 0 && wantsCompanions(virtual, context),
  toHost: toHostTokenSecret,
  complete: withTokens,
  wholeFields: ['data'],
});

/** Returns the Secret without its tokens. */
export function toHostTokenSecret(virtual: Pod, context: SyncContext): Secret {
  const head = companionOf(virtual, context, resources.secrets, tokenSecretKind);
  const node = virtual.spec?.nodeName ? { [marks.node]: virtual.spec.nodeName } : {};
  return {
    ...head,
    metadata: { ...head.metadata, annotations: { ...head.metadata.annotations, ...node } },
    type: 'Opaque',
  };
}

/** Adds the tokens: those that `live` has, as long as they are good; new ones else. Once the pod is on a node its tokens name it, as in any cluster (KEP-4193). */
async function withTokens(
  desired: Secret,
  live: Secret | undefined,
  virtual: Pod,
  { client, nowMs }: CompletionTools,
): Promise<Completion<Secret>> {
  const isNamed = desired.metadata.annotations?.[marks.node] === live?.metadata.annotations?.[marks.node];
  const tokens = await Promise.all(
    projectedFiles(virtual, 'serviceAccountToken').map(async (projection) => {
      const known = decoded(live?.data?.[projection.key]);
      if (isNamed && renewalOf(known, virtual) > nowMs) return { key: projection.key, token: known };
      return { key: projection.key, token: await requestToken(client, virtual, projection) };
    }),
  );
  const data = Object.fromEntries(tokens.map(({ key, token }) => [key, Buffer.from(token).toString('base64')]));
  const nextMs = Math.min(...tokens.map(({ token }) => renewalOf(token, virtual)));
  return { object: { ...desired, data }, againMs: Math.min(Math.max(minPauseMs, nextMs - nowMs), maxPauseMs) };
}

/** A token that is none, or is another pod's, is due at once. */
function renewalOf(token: string, { metadata }: Pod): number {
  const claims = readTokenClaims(token);
  return claims && claims.podUid === metadata.uid ? claims.renewAtMs : 0;
}

function decoded(value: string | undefined): string {
  return Buffer.from(value ?? '', 'base64').toString();
}
