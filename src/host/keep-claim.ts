import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { keepTrying } from '../kube/keep-trying.ts';
import { createInformer } from '../kube/store-informer.ts';
import { type ConfigMap, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { claimId, claimName } from './claim-id.ts';
import { answerKnock, isKnocked } from './knock.ts';

/**
 * Keeps the claim of `claimId` while k3v runs: one that is deleted is made again, as soon as the host lets it be, and who asks by `isClaimKept` is answered.
 * Resolves when `signal` aborts; rejects with ID_TAKEN once the id is another's, as two that write the same objects would undo each other's work for ever.
 */
export async function keepClaim(
  client: KubeClient,
  { namespace, id, owner, log }: { namespace: string; id: string; owner: string; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const taken = new AbortController();
  const ending = AbortSignal.any([signal, taken.signal]);
  const claims = createInformer<ConfigMap>({
    client,
    resource: resources.configMaps,
    options: { namespace, fieldSelector: `metadata.name=${claimName(id)}` },
    onError: (error) => log.debug({ err: error }, 'cannot watch the claim of the id'),
  });
  let reclaiming: Promise<unknown> = Promise.resolve();
  const claim = async () => {
    await claimId(client, namespace, id, owner).catch((error: unknown) => {
      if (!(error instanceof K3vError)) throw error;
      taken.abort(error);
    });
  };
  const reclaim = () => {
    const onFailure = (err: unknown, retryAfterMs: number) =>
      log.warn({ err, retryAfterMs }, 'could not claim the id again');
    reclaiming = Promise.all([reclaiming, keepTrying(claim, { onFailure, signal: ending })]);
  };
  let answering: Promise<unknown> = Promise.resolve();
  const answer = () => {
    const onFailure = (err: unknown) => log.warn({ err }, 'could not answer who asks whether k3v runs');
    answering = Promise.all([answering, answerKnock(client, namespace, id).catch(onFailure)]);
  };
  claims.onChange(({ current }) => {
    if (current?.data?.['owner'] !== owner) reclaim();
    else if (isKnocked(current)) answer();
  });
  const first = claims.synced().then(
    () => [...claims.list()].length === 0 && reclaim(),
    () => undefined,
  );
  await claims.start(ending);
  await first;
  await reclaiming;
  await answering;
  if (taken.signal.aborted) throw taken.signal.reason;
}
