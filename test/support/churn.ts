import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { type ChurnLedger, createChurnLedger } from './churn-ledger.ts';
import { type ChurnWrites, createChurnWrites } from './churn-writes.ts';
import { type ChurnSubject, churnSubjects } from './churn-subjects.ts';
import { type SeededRandom, createSeededRandom } from './seeded-random.ts';

/** Work that a tenant's users, controllers and pipelines do, in the background. States: running (this object exists) → stopped. */
export interface Churn {
  readonly seed: number;
  readonly ledger: ChurnLedger;
  /** How many moves the API server has confirmed. Throws what `stop` rejects with. */
  moves(): number;
  /** What the moves under way wait for, by their namespaces. */
  waits(): Record<string, string>;
  /** Resolves when no request is under way any more; rejects if a request was refused for what it says. A move that waits for the API server stays undone. */
  stop(): Promise<void>;
}

interface ChurnOptions {
  /** Of the virtual cluster. */
  client: KubeClient;
  /** Default: another one each time. */
  seed?: number;
  /** Goes on with the objects of a churn that was stopped. */
  ledger?: ChurnLedger;
  /** Default: three. The last one is deleted and made again now and then. */
  namespaces?: string[];
  /** The longest pause between two moves in one namespace. Default: 400. */
  pauseMs?: number;
}

/** Starts to make, change and remove objects of all kinds, in all `namespaces` at the same time. While the API server is away each move is tried again. */
export function startChurn({
  client,
  seed = Math.floor(Math.random() * 2 ** 31),
  ledger = createChurnLedger(),
  namespaces = ['churn-a', 'churn-b', 'churn-c'],
  pauseMs = 400,
}: ChurnOptions): Churn {
  const stopping = new AbortController();
  const waits: Record<string, () => string> = {};
  let moves = 0;
  const loops = namespaces.map(async (namespace, index) => {
    const random = createSeededRandom(seed + index);
    const prefix = `${seed}-${namespace}`;
    const writes = createChurnWrites({ client, ledger, namespace, signal: stopping.signal });
    let move = '';
    waits[namespace] = () => `${move}: ${writes.meets()}`;
    await writes.makeNamespace();
    for (let step = 1; !stopping.signal.aborted; step++) {
      move = 'the namespace, anew';
      if (index === namespaces.length - 1 && random.below(25) === 0) await writes.remakeNamespace();
      else await moveOne(writes, random, { step: `${prefix}-${step}`, begins: (name) => (move = name) });
      moves += 1;
      await delay(random.below(pauseMs), undefined, { signal: stopping.signal }).catch(() => {});
    }
  });
  const ended = Promise.all(
    loops.map(async (loop) => {
      try {
        await loop;
      } catch (error) {
        if (!stopping.signal.aborted || error !== stopping.signal.reason) throw error;
      }
    }),
  );
  let failure: unknown;
  ended.catch((error: unknown) => {
    failure = error;
    stopping.abort();
  });
  return {
    seed,
    ledger,
    moves() {
      if (failure) throw failure;
      return moves;
    },
    waits: () => Object.fromEntries(Object.entries(waits).map(([namespace, words]) => [namespace, words()])),
    async stop() {
      stopping.abort();
      await Promise.allSettled(loops);
      await ended;
    },
  };
}

async function moveOne(
  writes: ChurnWrites,
  random: SeededRandom,
  { step, begins }: { step: string; begins: (name: string) => void },
): Promise<void> {
  const subject: ChurnSubject = random.oneOf(churnSubjects);
  begins(`${subject.resource.plural} ${subject.name}`);
  const { is } = writes.fateOf(subject);
  const make = async () => await writes.make(subject, subject.make(random, step), step, random);
  if (is === 'gone') return await make();
  const choice = random.below(4);
  if (is === 'there' && choice >= 2 && subject.change) {
    return await writes.change(subject, subject.change(random, step), step);
  }
  await writes.remove(subject, { isForced: random.below(2) === 0 });
  // Under the same name, in the same instant.
  if (choice % 2 === 0) await make();
}
