import { type Pod, type Secret, joinKey, resources } from '../../kube/types.ts';
import { tokenProjections, tokenSecretKind } from '../../translate/token-projections.ts';
import { marks } from '../../translate/translator.ts';
import {
  type Completion,
  type CompletionTools,
  type SyncContext,
  defineSyncer,
  enqueueFrom,
} from '../define-syncer.ts';
import { requestToken } from '../request-token.ts';
import { readTokenClaims } from '../token-claims.ts';
import { hasEnded, startsOnHost } from './pods.ts';

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
  enqueuedBy: [
    enqueueFrom<Pod>('host', resources.pods, (pod, { translator }) => {
      const owner = translator.ownerOf(pod, resources.pods.kind);
      return owner ? [joinKey(owner.namespace, owner.name)] : [];
    }),
  ],
  selects: needsTokens,
  toHost: toHostTokenSecret,
  complete: withTokens,
  wholeFields: ['data'],
});

/** Whether there is, or is about to be, a host pod that reads tokens. One that has ended reads none any more. */
function needsTokens(virtual: Pod, context: SyncContext): boolean {
  if (hasEnded(virtual) || tokenProjections(virtual).length === 0) return false;
  return hostPodOf(virtual, context) !== undefined || startsOnHost(virtual);
}

/** Returns the Secret without its tokens. The host's garbage collector removes it with the host pod, even while k3v is down. */
export function toHostTokenSecret(virtual: Pod, context: SyncContext): Secret {
  const { name, namespace, uid } = virtual.metadata;
  const object = context.translator.hostObject(
    resources.secrets,
    { metadata: { name, namespace, uid } },
    tokenSecretKind,
  );
  const owner = hostPodOf(virtual, context)?.metadata;
  const ownerReferences = owner?.uid ? [{ apiVersion: 'v1', kind: 'Pod', name: owner.name, uid: owner.uid }] : [];
  return { ...object, metadata: { ...object.metadata, ownerReferences }, type: 'Opaque' };
}

function hostPodOf({ metadata }: Pod, { host, translator }: SyncContext): Pod | undefined {
  const name = translator.hostName(resources.pods.kind, metadata.namespace ?? '', metadata.name);
  const pod = host.lister<Pod>(resources.pods).get(joinKey(translator.hostNamespace, name));
  return pod?.metadata.annotations?.[marks.ownerUid] === metadata.uid ? pod : undefined;
}

/** Adds the tokens: those that `live` has, as long as they are good; new ones else. */
async function withTokens(
  desired: Secret,
  live: Secret | undefined,
  virtual: Pod,
  { client, nowMs }: CompletionTools,
): Promise<Completion<Secret>> {
  const tokens = await Promise.all(
    tokenProjections(virtual).map(async (projection) => {
      const known = decoded(live?.data?.[projection.key]);
      if (renewalOf(known, virtual) > nowMs) return { key: projection.key, token: known };
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
