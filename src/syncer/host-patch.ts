import equal from 'fast-deep-equal';
import { mergePatchOf } from '../kube/merge-patch.ts';
import type { KubeObject } from '../kube/types.ts';
import { isTenantLabelOnHost } from '../translate/labels.ts';
import { marks } from '../translate/translator.ts';

type Fields = { [field: string]: unknown };

/**
 * Returns the merge patch that makes `live` what `desired` asks for, or undefined if it is that already. Wanted fields
 * must be equal (a list counts as one value); fields that only `live` has stay, except below `wholeFields` (dotted
 * paths, also `metadata.labels`). Labels, annotations and owner references of others stay otherwise; labels and annotations that came from the owner and
 * are no longer there go. Status is never part of it.
 */
export function hostPatchOf<T extends KubeObject>(desired: T, live: T, wholeFields: string[] = []): Fields | undefined {
  const patch: Fields = {};
  for (const [field, value] of Object.entries(desired)) {
    if (unpatched.has(field)) continue;
    const change = wantedChange(value, Reflect.get(live, field));
    if (change !== undefined) patch[field] = change;
  }
  for (const path of wholeFields) {
    const parts = path.split('.');
    const change = mergePatchOf({ field: at(live, parts) }, { field: at(desired, parts) });
    if (change && 'field' in change) place(patch, parts, change['field']);
    else remove(patch, parts);
  }
  const metadata = metadataPatchOf(desired, live);
  // Labels may be one of the whole fields, and are more than these then.
  if (metadata) patch['metadata'] = { ...metadata, ...(isFields(patch['metadata']) ? patch['metadata'] : {}) };
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Returns the patch of the metadata alone; see `hostPatchOf`. */
export function metadataPatchOf(desired: KubeObject, live: KubeObject): Fields | undefined {
  const copiedBefore = (live.metadata.annotations?.[marks.copiedAnnotations] ?? '').split(',').filter(Boolean);
  const labels = mapChange(desired.metadata.labels, live.metadata.labels, isTenantLabelOnHost);
  const annotations = mapChange(
    desired.metadata.annotations,
    live.metadata.annotations,
    (key) => copiedBefore.includes(key) || key === marks.copiedAnnotations,
  );
  const ownerReferences = addedOwners(desired, live);
  const change = Object.entries({ labels, annotations, ownerReferences }).filter(([, value]) => value !== undefined);
  return change.length > 0 ? Object.fromEntries(change) : undefined;
}

/** Returns all owner references, or undefined if `live` has those that are wanted. A predecessor with the same name goes. */
function addedOwners(desired: KubeObject, live: KubeObject): unknown[] | undefined {
  const wanted = desired.metadata.ownerReferences ?? [];
  const there = live.metadata.ownerReferences ?? [];
  if (wanted.every(({ uid }) => there.some((each) => each.uid === uid))) return undefined;
  const others = there.filter(({ kind, name }) => !wanted.some((each) => each.kind === kind && each.name === name));
  return [...others, ...wanted];
}

const unpatched = new Set(['apiVersion', 'kind', 'metadata', 'status']);

type StringMap = Record<string, string>;

function mapChange(
  desired: StringMap = {},
  live: StringMap = {},
  isOurs: (key: string) => boolean,
): Fields | undefined {
  const change: Fields = {};
  for (const [key, value] of Object.entries(desired)) if (live[key] !== value) change[key] = value;
  for (const key of Object.keys(live)) if (!(key in desired) && isOurs(key)) change[key] = null;
  return Object.keys(change).length > 0 ? change : undefined;
}

function wantedChange(desired: unknown, live: unknown): unknown {
  if (desired === undefined || equal(desired, live)) return undefined;
  if (!isFields(desired) || !isFields(live)) return withoutUndefined(desired, live);
  const change: Fields = {};
  for (const [field, value] of Object.entries(desired)) {
    const inner = wantedChange(value, live[field]);
    if (inner !== undefined) change[field] = inner;
  }
  return Object.keys(change).length > 0 ? change : undefined;
}

/** `undefined` inside a wanted list or object means the field is not there, as it is after a trip through JSON. */
function withoutUndefined(desired: unknown, live: unknown): unknown {
  const clean: unknown = JSON.parse(JSON.stringify(desired));
  return equal(clean, live) || (isFields(clean) && Object.keys(clean).length === 0) ? undefined : clean;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(object: unknown, path: string[]): unknown {
  let value = object;
  for (const part of path) value = isFields(value) ? value[part] : undefined;
  return value;
}

function place(target: Fields, path: string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = target[first];
  const next: Fields = isFields(inner) ? inner : {};
  target[first] = next;
  place(next, rest, value);
}

function remove(target: Fields, path: string[]): void {
  const [first = '', ...rest] = path;
  const inner = target[first];
  if (rest.length === 0 || !isFields(inner)) {
    if (rest.length === 0) delete target[first];
    return;
  }
  remove(inner, rest);
  if (Object.keys(inner).length === 0) delete target[first];
}
