import type { Spec } from './spec.ts';

/** Returns `specs` in batches of at most `size`, in their order. */
export function batchesOf(specs: readonly Spec[], size: number): Spec[][] {
  const count = Math.ceil(specs.length / size);
  return Array.from({ length: count }, (_, index) => specs.slice(index * size, (index + 1) * size));
}

/** Returns the regular expression (of Go) that matches these specs and no other. */
export function focusOn(specs: readonly Spec[]): string {
  const names = specs.map(({ name }) => name.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  return ` (${names.join('|')})$`;
}
