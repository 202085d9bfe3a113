import equal from 'fast-deep-equal';
import { expect } from 'vitest';
import { ifFound } from '../../src/kube/errors.ts';
import { type KubeObject, resources } from '../../src/kube/types.ts';
import { eventually } from './eventually.ts';
import { type Cluster, type Side, type Subject, valueAt } from './ownership-subjects.ts';

export type SideName = 'virtual' | 'host';
/** For two busy cores. */
export const patience = { timeoutMs: 30_000, everyMs: 50 };
const other = { virtual: 'host', host: 'virtual' } as const;

/** A subject that has been made, as it was when both sides had come to rest. */
export interface Prepared {
  subject: Subject;
  name: string;
  before: Record<SideName, KubeObject | undefined>;
}

const find = async (side: SideName, subject: Subject, name: string, cluster: Cluster) => {
  const ref = await subject[side]?.ref(name, cluster);
  return ref && (await ifFound(cluster[side].get<KubeObject>(ref)));
};

/** Makes `subject` under `name` and waits until both sides have come to rest. */
export async function prepare(subject: Subject, name: string, cluster: Cluster): Promise<Prepared> {
  await subject.make?.(name, cluster);
  return await eventually(async () => {
    const before = {
      virtual: await find('virtual', subject, name, cluster),
      host: await find('host', subject, name, cluster),
    };
    const hasCome = (side: SideName) => subject[side] === undefined || before[side] !== undefined;
    const isReady = before.virtual === undefined || (subject.ready?.(before.virtual, before.host) ?? true);
    if (!hasCome('virtual') || !hasCome('host') || !isReady) throw new Error(`${subject.title}: not ready (${name})`);
    return { subject, name, before };
  }, patience);
}

/** Edits `side`; returns the value as it then stands there, or the refusal. */
export async function edit({ subject, name }: Prepared, side: SideName, cluster: Cluster): Promise<unknown> {
  const { ref, patch, path = [], subresource, type = 'merge' }: Partial<Side> = subject[side] ?? {};
  if (!ref || !patch) throw new Error(`${subject.title}: nothing to edit on the ${side} side`);
  const options = subresource ? { subresource } : {};
  try {
    return valueAt(await cluster[side].patch(await ref(name, cluster), type, patch, options), path);
  } catch (error) {
    return error;
  }
}

/** Returns the word of the table for what the edit of `side`, after which `edited` stood there, has come to. */
export async function endOfEdit(
  { subject, name, before }: Prepared,
  side: SideName,
  edited: unknown,
  cluster: Cluster,
): Promise<string> {
  const pathOn = (which: SideName) => subject[which]?.path ?? ['nothing'];
  const isAsBefore = async (which: SideName) => equal(await valueOn(which), valueAt(before[which], pathOn(which)));
  const valueOn = async (which: SideName) => valueAt(await find(which, subject, name, cluster), pathOn(which));
  if ((await isAsBefore(side)) && (await isAsBefore(other[side]))) {
    return edited instanceof Error ? 'refused' : 'put back';
  }
  if (!equal(await valueOn(side), edited)) return `became ${JSON.stringify(await valueOn(side))}`;
  if (equal(await valueOn(other[side]), edited)) return 'crosses';
  return (await isAsBefore(other[side])) ? 'stays' : `made the other ${JSON.stringify(await valueOn(other[side]))}`;
}

/** Changes something else that crosses, and waits for it: the engine has had a look since. */
export async function touch({ subject, name }: Prepared, cluster: Cluster): Promise<void> {
  const patch = (key: string) => ({ metadata: { labels: { [key]: 'yes' } } });
  const isOfHost = subject.title.startsWith('nodes');
  const [from, to]: [SideName, SideName] = isOfHost ? ['host', 'virtual'] : ['virtual', 'host'];
  const ref = await subject[from]?.ref(name, cluster);
  if (!ref) throw new Error(`${subject.title}: nothing to touch`);
  await cluster[from].patch(ref, 'merge', patch('touched'));
  const seen = isOfHost ? 'touched' : 'v.k3v.io/touched';
  await eventually(async () => {
    const object = await find(to, subject, name, cluster);
    expect(object?.metadata.labels).toHaveProperty([seen]);
  }, patience);
}

/** Deletes the object on `side`. */
export async function remove({ subject, name }: Prepared, side: SideName, cluster: Cluster): Promise<void> {
  const ref = await subject[side]?.ref(name, cluster);
  if (!ref) throw new Error(`${subject.title}: nothing to delete on the ${side} side`);
  await cluster[side].delete(ref);
  if (subject.forced) await ifFound(cluster[side].patch(ref, 'merge', { metadata: { finalizers: null } }));
}

/** Returns the word of the table for what the deletion on `side` has come to. */
export async function endOfDeletion(
  { subject, name, before }: Prepared,
  side: SideName,
  cluster: Cluster,
): Promise<string> {
  const stateOn = async (which: SideName) => {
    const found = await find(which, subject, name, cluster);
    if (!found) return 'none';
    if (found.metadata.deletionTimestamp) return 'going';
    if (found.metadata.uid !== before[which]?.metadata.uid) return 'new';
    return valueAt(found, ['status', 'phase']) === 'Lost' ? 'lost' : 'same';
  };
  const [here, there] = [await stateOn(side), await stateOn(other[side])];
  if (here === 'new' && there === (before[other[side]] ? 'same' : 'none')) return 'made again';
  if (here !== 'none') return `${here} here, ${there} there`;
  return { none: 'goes', same: 'stays', lost: 'lost' }[there] ?? `${there} there`;
}

let touches = 0;

/** Brings a Service across, so that what came before has been seen to. */
export async function touchAnything({ virtual, host, translator }: Cluster): Promise<void> {
  const name = `touch-${(touches += 1)}`;
  const ref = { resource: resources.services, namespace: 'default', name };
  await virtual.create(ref.resource, { metadata: { name, namespace: ref.namespace }, spec: { clusterIP: 'None' } });
  const hostRef = {
    ...ref,
    namespace: translator.hostNamespace,
    name: translator.hostName('Service', 'default', name),
  };
  await eventually(async () => await host.get(hostRef), patience);
  await virtual.delete(ref);
}
