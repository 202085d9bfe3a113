import type { Spec } from './spec.ts';

/** Specs for one process of e2e.test. */
export interface Batch {
  specs: Spec[];
  /** To be run while nothing else is. */
  alone: boolean;
}

/** Returns `specs` in batches of at most `size`, in their order, those that have to be alone last. */
export function batchesOf(specs: readonly Spec[], size: number): Batch[] {
  const serial = specs.filter((spec) => spec.serial);
  const parallel = specs.filter((spec) => !spec.serial);
  return [...chunks(parallel, size, false), ...chunks(serial, size, true)];
}

/** Returns the regular expression (of Go) that matches these specs and no other. */
export function focusOn(specs: readonly Spec[]): string {
  const names = specs.map(({ name }) => name.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  return ` (${names.join('|')})$`;
}

function chunks(specs: readonly Spec[], size: number, alone: boolean): Batch[] {
  const count = Math.ceil(specs.length / size);
  return Array.from({ length: count }, (_, index) => ({ specs: specs.slice(index * size, (index + 1) * size), alone }));
}
