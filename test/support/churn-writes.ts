import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient, ObjectRef } from '../../src/kube/client.ts';
import { StatusError, ifFound, isAlreadyExists, isNotFound } from '../../src/kube/errors.ts';
import { type KubeObject, apiVersionOf, resources } from '../../src/kube/types.ts';
import { type ChurnLedger, type Fate, stepAnnotation } from './churn-ledger.ts';
import { type ChurnSubject, outsideEndpoints } from './churn-subjects.ts';
import { applyMergePatch } from './merge-patch-apply.ts';
import type { SeededRandom } from './seeded-random.ts';

type Content = { [field: string]: unknown };

/** The writes of a churn in one namespace, each tried until the API server confirms it, and noted in the ledger. All reject with the signal's reason when that comes first. */
export interface ChurnWrites {
  fateOf(subject: ChurnSubject): Fate;
  make(subject: ChurnSubject, content: Content, step: string, random: SeededRandom): Promise<void>;
  /** Of an object that is not there nothing is changed; the ledger goes on saying that it should be. */
  change(subject: ChurnSubject, patch: Content, step: string): Promise<void>;
  /** `isForced`: without waiting for the end of its containers. */
  remove(subject: ChurnSubject, how: { isForced: boolean }): Promise<void>;
  makeNamespace(): Promise<void>;
  /** Deletes the namespace with all that is in it, and makes it again. */
  remakeNamespace(): Promise<void>;
  /** What the write that is under way has met so far, in words; empty for nothing. */
  meets(): string;
}

const requestTimeoutMs = 30_000;
const retryMs = 150;

export function createChurnWrites({
  client,
  ledger,
  namespace,
  signal,
}: {
  client: KubeClient;
  ledger: ChurnLedger;
  namespace: string;
  signal: AbortSignal;
}): ChurnWrites {
  const namespaceRef = { resource: resources.namespaces, name: namespace };
  const refOf = ({ resource, name }: ChurnSubject): ObjectRef => ({ resource, namespace, name });
  const note = ({ resource, name }: ChurnSubject, fate: Fate) => ledger.note(resource, namespace, name, fate);
  const noteNamespace = (fate: Fate) => ledger.note(resources.namespaces, '', namespace, fate);

  let met = '';

  /** Calls `attempt` until it returns true. */
  async function confirmed(attempt: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        // A request that has been sent is answered, even when the churn is to stop: else nobody would know what it did.
        met = (await attempt(AbortSignal.timeout(requestTimeoutMs))) ? '' : 'what was there before has not gone';
        if (met === '') return;
      } catch (error) {
        if (isRefusal(error)) throw error;
        met = error instanceof Error ? error.message : String(error);
      }
      await delay(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  async function makeNamespace(): Promise<void> {
    noteNamespace({ is: 'unknown' });
    await confirmed(async (within) => {
      const made = await client
        .create<KubeObject>(resources.namespaces, { metadata: { name: namespace } }, { signal: within })
        .catch(async (error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
          return await client.get<KubeObject>(namespaceRef, { signal: within });
        });
      return made.metadata.deletionTimestamp === undefined;
    });
    noteNamespace({ is: 'there', content: {} });
  }

  return {
    fateOf: ({ resource, name }) => ledger.fateOf(resource, namespace, name),
    async make(subject, content, step, random) {
      const { resource, name } = subject;
      const annotations = { [stepAnnotation]: step };
      const metadata = { name, namespace, annotations };
      const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...content };
      note(subject, { is: 'unknown' });
      await confirmed(async (within) => {
        try {
          await client.create<KubeObject>(resource, object, { signal: within });
          return true;
        } catch (error) {
          if (!isAlreadyExists(error)) throw error;
          // An earlier attempt got through, or the one before it is not gone yet.
          const found = await client.get<KubeObject>(refOf(subject), { signal: within });
          return found.metadata.annotations?.[stepAnnotation] === step;
        }
      });
      note(subject, { is: 'there', content: { ...content, metadata: { annotations } } });
      if (name === 'outside') {
        // Whether its addresses come is not the churn's business: the two worlds have to agree on them.
        const endpoints = outsideEndpoints(namespace, random);
        await client.create(resources.endpoints, endpoints, { signal }).catch(() => {});
      }
    },
    async change(subject, patch, step) {
      const before = ledger.fateOf(subject.resource, namespace, subject.name);
      const annotated = { ...patch, metadata: { annotations: { [stepAnnotation]: step } } };
      note(subject, { is: 'unknown' });
      let isThere = true;
      await confirmed(async (within) => {
        try {
          await client.patch(refOf(subject), 'merge', annotated, { signal: within });
        } catch (error) {
          if (!isNotFound(error)) throw error;
          isThere = false;
        }
        return true;
      });
      const content = before.is === 'there' ? before.content : {};
      note(subject, isThere ? { is: 'there', content: applyMergePatch(content, annotated) } : before);
    },
    async remove(subject, { isForced }) {
      note(subject, { is: 'unknown' });
      const grace = isForced ? { gracePeriodSeconds: 0 } : {};
      await confirmed(async (within) => {
        await ifFound(client.delete(refOf(subject), { propagationPolicy: 'Background', signal: within, ...grace }));
        return true;
      });
      note(subject, { is: 'gone' });
    },
    makeNamespace,
    meets: () => met,
    async remakeNamespace() {
      noteNamespace({ is: 'unknown' });
      ledger.noteAll(namespace, { is: 'unknown' });
      await confirmed(async (within) => {
        await ifFound(client.delete(namespaceRef, { signal: within }));
        return (await ifFound(client.get<KubeObject>(namespaceRef, { signal: within }))) === undefined;
      });
      ledger.noteAll(namespace, { is: 'gone' });
      await makeNamespace();
    },
  };
}

/**
 * Whether the object itself is wrong. Of an address that it could not store an API server says so too (`failed to allocate IP …: rpc error: …`, `… connection refused` from itself while it ends), and for a
 * few seconds of one that it gave away just before it was ended.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  if (/rpc error|connection refused|database or disk is full|provided IP is already allocated/.test(error.message))
    return false;
  return error.code === 422 || error.code === 400;
}
