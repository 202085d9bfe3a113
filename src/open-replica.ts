import { hostname } from 'node:os';
import type { Config } from './cli/config.ts';
import type { ConnectedHost } from './connect-host.ts';
import type { GivenKeys } from './control-plane/ca-dir.ts';
import { K3vError } from './errors.ts';
import type { KubeClient } from './kube/client.ts';
import { type ElectionTimes, type Term, runElection } from './kube/lease-election.ts';
import { createLeaseSeat } from './kube/lease-seat.ts';
import type { Logger } from './log.ts';
import { markCluster } from './replicas/mark-cluster.ts';
import { createMembership } from './replicas/membership.ts';
import { replicaIdentity } from './replicas/replica-identity.ts';
import { type SharedKeys, shareKeys } from './replicas/share-keys.ts';
import { runTogether } from './run-together.ts';
import type { StateStore } from './state/store.ts';

/** Who leads the replicas, as far as this one knows. */
export interface Standing {
  identity: string;
  leads: boolean;
  leader: string | undefined;
}

/** This k3v as one of those that may share a virtual cluster. */
export interface Replica {
  keys: Pick<SharedKeys, 'admissionPath' | 'k3sToken'>;
  /**
   * Finds out whether it may join, before it has done anything in the virtual cluster but start an API server. Rejects as `claim` does, which claims the id on the
   * host, and with DATASTORE_TAKEN or REPLICAS_EXCEEDED.
   */
  join(virtual: KubeClient, caPem: string, claim: () => Promise<void>): Promise<void>;
  /** Whether it has found out that the virtual cluster is another one's: what it shared has then been taken back. */
  isStranger(): boolean;
  /** Stays one of the replicas and has `lead` called whenever it leads them. */
  run(virtual: KubeClient, lead: (term: Term) => Promise<void>, signal: AbortSignal): Promise<void>;
  standing(): Standing;
}

/** A leader that is killed is followed after 10 s and two retries; with up to a fifth more for each, that is 12.4 s. */
const times: ElectionTimes = { leaseMs: 10_000, renewDeadlineMs: 8_000, retryMs: 1_000 };
const namespace = 'kube-system';

/** Makes this k3v one of the replicas: from then on it has the keys that they share. Rejects with KEYS_DIFFER or CA_DIFFERS. */
export async function openReplica({
  config,
  host,
  store,
  givenKeys,
  log,
}: {
  config: Config;
  host: ConnectedHost;
  store: StateStore;
  givenKeys: GivenKeys | undefined;
  log: Logger;
}): Promise<Replica> {
  const { id, dataDir, replicas, listenPort } = config;
  const identity = await replicaIdentity(store, { hostname: hostname(), dataDir });
  const keys = await shareKeys({ host: host.client, namespace: host.namespace, id, dataDir, given: givenKeys, log });
  const now = () => performance.now();
  const address = { ip: host.advertiseAddress, port: listenPort };
  const membership = createMembership({ identity, address, most: replicas, log, now });
  let isStranger = false;
  const standing: Standing = { identity, leads: false, leader: undefined };

  return {
    keys,
    async join(virtual, caPem, claim) {
      try {
        await markCluster(virtual, { id, caPem }, claim);
      } catch (error) {
        isStranger = error instanceof K3vError && (error.code === 'DATASTORE_TAKEN' || error.code === 'ID_TAKEN');
        if (isStranger) await keys.withdraw();
        throw error;
      }
      await membership.join(virtual);
    },
    isStranger: () => isStranger,
    async run(virtual, lead, signal) {
      const seat = createLeaseSeat({ client: virtual, namespace, name: 'k3v-syncer', identity, ...times, now });
      const onError = (error: unknown) =>
        log.debug({ reason: error instanceof Error ? error.message : error }, 'no answer about the leader');
      const onHolder = (leader: string | undefined) => {
        standing.leader = leader;
        if (leader !== identity) log.info({ leader: leader ?? 'nobody yet' }, 'follows');
      };
      const asLeader = async (term: Term) => {
        log.info({ replica: identity }, 'leads');
        standing.leads = true;
        term.lost.addEventListener('abort', () => log.warn({ replica: identity }, 'leads no more: the Lease is lost'));
        try {
          await lead(term);
        } finally {
          standing.leads = false;
        }
      };
      await runTogether(
        [
          (each) => membership.stay(virtual, { buries: () => standing.leads }, each),
          (each) => runElection({ seat, times, lead: asLeader, now, onHolder, onError }, each),
        ],
        signal,
      );
    },
    standing: () => ({ ...standing }),
  };
}
