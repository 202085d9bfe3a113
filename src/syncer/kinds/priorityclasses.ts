import { type PriorityClass, resources } from '../../kube/types.ts';
import type { Translator } from '../../translate/translator.ts';
import { type OptInKind, rightsToWrite } from '../define-opt-in.ts';
import { defineSyncer } from '../define-syncer.ts';
import { crossesToHost, wakesPods } from './pod-standing.ts';

const priorityClassSyncer = defineSyncer<PriorityClass>({
  resource: resources.priorityClasses,
  selects: ({ metadata }) => crossesToHost(metadata.name),
  toHost: (virtual, { translator }) => toHostPriorityClass(virtual, translator),
});

/** PriorityClasses: host pods then have the priority that the tenant gave them, among all pods of the host. */
export const priorityClasses: OptInKind = {
  name: 'priorityclasses',
  rights: [rightsToWrite(resources.priorityClasses)],
  isCustom: false,
  open: () => ({
    syncers: [priorityClassSyncer],
    waits: [wakesPods(resources.priorityClasses, ({ spec }, { name }) => spec?.priorityClassName === name)],
  }),
};

/** Returns the host PriorityClass that `virtual` should have. A tenant's default is a default of its own cluster, which writes it into its pods. */
export function toHostPriorityClass(virtual: PriorityClass, translator: Translator): PriorityClass {
  const { value, preemptionPolicy, description } = virtual;
  return { ...translator.hostObject(resources.priorityClasses, virtual), value, preemptionPolicy, description };
}
