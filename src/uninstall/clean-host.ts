import type { UninstallWish } from '../cli/uninstall-command.ts';
import { K3vError } from '../errors.ts';
import { checkHost } from '../host/check-host.ts';
import { isClaimKept } from '../host/knock.ts';
import { askOwnRights } from '../host/own-rights.ts';
import type { KubeClient } from '../kube/client.ts';
import { delay } from '../kube/delay.ts';
import { type Progress, within } from '../progress.ts';
import type { OptInKind } from '../syncer/define-opt-in.ts';
import { createTranslator } from '../translate/translator.ts';
import { findKinds } from './find-kinds.ts';
import { findMade } from './find-made.ts';
import type { HeldDataDir } from './hold-data-dir.ts';
import { type OwnRecords, findRecords, removeRecords } from './own-records.ts';
import { type Left, removeMade } from './remove-made.ts';
import { requireDeletes } from './require-deletes.ts';
import { showFound } from './show-found.ts';

const pollMs = 500;
const never = new AbortController().signal;

interface CleanOptions {
  client: KubeClient;
  namespace: string;
  id: string;
  dataDir: string;
  held: Pick<HeldDataDir, 'clusterUid' | 'remembered'>;
  /** What `--sync` names. */
  named: readonly OptInKind[];
  progress: Progress;
  say: (text: string) => void;
  /** Whether the user agrees. */
  agree: (question: string) => Promise<boolean>;
}

/**
 * Shows what the virtual cluster `id` has made on the host, and deletes it if that is wished and agreed to, the claim of the id last. Resolves with whether all is gone. Rejects
 * with STILL_RUNNING, ID_TAKEN if the data directory is not that of the id, HOST_FORBIDDEN, UNINSTALL_INCOMPLETE, ConnectionError, and as `checkHost` does.
 */
export async function cleanHost(
  { dryRun, deleteData, seconds }: Pick<UninstallWish, 'dryRun' | 'deleteData' | 'seconds'>,
  { client, namespace, id, dataDir, held, named, progress, say, agree }: CleanOptions,
): Promise<boolean> {
  await checkHost(client);
  const own = await askOwnRights(client, namespace);
  const kinds = await findKinds(client, { named, remembered: held.remembered });
  const { open, closed } = await requireDeletes(kinds, own, { namespace, named });
  const records = await findRecords(client, namespace, id);
  requireOwnClaim(records, { clusterUid: held.clusterUid, namespace, id, dataDir });
  if (!dryRun && records.claim) await requireNobodyUp({ client, namespace, id, progress });
  const translator = createTranslator({ id, hostNamespace: namespace });
  const found = await findMade(client, open, translator);
  say(showFound({ found, records, closed, server: client.server, namespace, id }));
  if (dryRun) return false;
  const total = found.own.length;
  const isClean = total + records.kubeconfigs.length === 0 && !records.claim && !records.keys;
  if (isClean && !deleteData) return true;
  const data = deleteData ? ['the data directory with all keys, data and snapshots in it'] : [];
  if (!(await agree(`Delete ${[...(isClean ? [] : ['all of this']), ...data].join(', and ')}?`))) {
    say('nothing was deleted\n');
    return false;
  }
  if (isClean) return true;
  const step = progress.step('deleting');
  const left = await within(step, () =>
    removeMade(client, open, {
      translator,
      total,
      timeoutMs: seconds * 1_000,
      step,
      wait: async () => await delay(pollMs, never),
      now: () => performance.now(),
    }),
  );
  if (left.length > 0) {
    step.fail();
    throw incomplete(left, namespace, id);
  }
  await within(step, () => removeRecords(client, namespace, records));
  step.done(`${total} objects`);
  say(`"${id}" is gone from namespace ${namespace}${deleteData ? '' : `; its data directory stays: ${dataDir}`}\n`);
  return true;
}

/** What a k3v on another data directory has made is not this one's to delete. */
function requireOwnClaim(
  { claim }: OwnRecords,
  {
    clusterUid,
    namespace,
    id,
    dataDir,
  }: Pick<HeldDataDir, 'clusterUid'> & Pick<CleanOptions, 'namespace' | 'id' | 'dataDir'>,
): void {
  if (clusterUid === undefined || claim === undefined || claim.data?.['owner'] === clusterUid) return;
  throw new K3vError('ID_TAKEN', `"${id}" in host namespace "${namespace}" is not the virtual cluster in ${dataDir}`, {
    hint: 'Give the --data-dir of that one. If it has gone, give one that is not there.',
  });
}

async function requireNobodyUp({
  client,
  namespace,
  id,
  progress,
}: Pick<CleanOptions, 'client' | 'namespace' | 'id' | 'progress'>): Promise<void> {
  const step = progress.step('asking whether a k3v runs');
  if (!(await within(step, () => isClaimKept(client, { namespace, id })))) return step.done('none answers');
  step.fail();
  throw new K3vError('STILL_RUNNING', `a k3v of "${id}" runs, on this machine or another`, {
    hint: 'Stop it first, and all its replicas: it would make all of it anew.',
  });
}

function incomplete(left: readonly Left[], namespace: string, id: string): K3vError {
  const listed = left.map(({ what, why }) => `${what} ${why}`).join('; ');
  return new K3vError('UNINSTALL_INCOMPLETE', `of "${id}", this is left in namespace ${namespace}: ${listed}`, {
    hint: 'Run the same again once what holds them is done. Take a finalizer off by hand (kubectl edit) only if what set it will never come back.',
  });
}
