import type { AddOn } from './add-ons/add-on.ts';
import { coreDnsAddOn } from './add-ons/coredns.ts';
import { settleAddOns } from './add-ons/settle-add-ons.ts';
import type { Config } from './cli/config.ts';
import type { KubeClient } from './kube/client.ts';
import { fenceClient } from './kube/fenced-client.ts';
import { keepTrying } from './kube/keep-trying.ts';
import type { Term } from './kube/lease-election.ts';
import type { Logger } from './log.ts';
import type { ManifestKeeper } from './manifests/manifest-keeper.ts';
import { rewriteSecrets } from './rewrite-secrets.ts';
import type { StateStore } from './state/store.ts';
import type { Opened } from './syncer/define-opt-in.ts';
import type { SyncEngine } from './syncer/engine.ts';
import { retireKinds } from './syncer/retire-kinds.ts';
import type { Translator } from './translate/translator.ts';

/** What one of several k3v that share a virtual cluster does alone. */
export interface LeadOptions {
  engine: SyncEngine;
  clients: { host: KubeClient; virtual: KubeClient };
  config: Config;
  /** Whether the API server encrypts Secrets; undefined if that is not k3v's to say. */
  encrypts: boolean | undefined;
  opened: Opened[];
  manifests: ManifestKeeper | undefined;
  translator: Translator;
  /** Knows of which kinds whoever led before has made objects. */
  store: StateStore;
  log: Logger;
}

/** Does all the writing of a virtual cluster while `term` lasts: keeps the two clusters alike, the add-ons in place, and removes what no kind needs any more. */
export async function leadCluster(
  { engine, clients, config, encrypts, opened, manifests, translator, store, log }: LeadOptions,
  term: Term,
): Promise<void> {
  const fenced = {
    host: fenceClient(clients.host, () => term),
    virtual: fenceClient(clients.virtual, () => term),
  };
  const over = new AbortController();
  const signal = AbortSignal.any([term.ending, over.signal]);
  const settling = (async () => {
    await keepTrying(() => retireKinds(opened, { clients: fenced, translator, store, log }), {
      onFailure: (err, retryAfterMs) => log.warn({ err, retryAfterMs }, 'could not look for kinds no longer synced'),
      signal,
    });
    if (encrypts !== undefined) {
      await keepTrying(() => rewriteSecrets(fenced.virtual, { encrypts, store, log }), {
        onFailure: (err, retryAfterMs) => log.warn({ err, retryAfterMs }, 'could not write all Secrets again'),
        signal,
      });
    }
    await engine.synced();
    await Promise.all([addAddOns(fenced.virtual, { config, log, signal }), manifests?.keep(fenced.virtual, signal)]);
  })();
  // Awaited below: only a bug, or the end before the first lists, fails it.
  settling.catch(() => {});
  try {
    await engine.lead(term);
  } finally {
    over.abort();
    await settling.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

/** Brings the add-ons in place, or removes those that are disabled. */
async function addAddOns(
  client: KubeClient,
  { config, log, signal }: { config: Config; log: Logger; signal: AbortSignal },
): Promise<void> {
  const coreDns = coreDnsAddOn({
    image: config.corednsImage,
    replicas: config.corednsReplicas,
    clusterDomain: config.clusterDomain,
  });
  const disabled = ({ name }: AddOn) => config.disable.includes(name);
  await settleAddOns({ client, addOns: [coreDns], disabled, log, signal });
}
