import { stringify } from 'yaml';
import type { ShownAs } from '../../cli/host-command.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';

/** Columns of a table: their titles, and what stands in them of an object; empty for nothing. */
export type Columns<T> = readonly (readonly [title: string, cell: (object: T) => string | undefined])[];

/** Returns `objects` of `resource` as they are asked for, as text by `columns` or, for wide, by `wideColumns`. */
export function showObjects<T extends KubeObject>(
  objects: readonly T[],
  as: ShownAs,
  { resource, columns, wide, none }: { resource: Resource; columns: Columns<T>; wide: Columns<T>; none: string },
): string {
  switch (as) {
    case 'json':
    case 'yaml':
      return showList(objects, as);
    case 'name':
      return objects.map(({ metadata }) => `${singular(resource)}/${metadata.name}\n`).join('');
    case 'text':
    case 'wide':
      return objects.length === 0 ? `${none}\n` : table(objects, as === 'wide' ? [...columns, ...wide] : columns);
  }
}

/** Returns one object as JSON or YAML, as kubectl does it. */
export function showObject(object: KubeObject, as: 'json' | 'yaml'): string {
  const { managedFields: _, ...metadata } = object.metadata;
  const shown = { ...object, metadata };
  return as === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown);
}

/** Returns a line for each of `rows` that has a value, the values below each other. */
export function titledLines(rows: readonly (readonly [title: string, value: string | undefined])[]): string {
  const shown = rows.filter(([, value]) => value);
  const width = Math.max(...shown.map(([title]) => title.length)) + 2;
  return shown.map(([title, value]) => `${title.padEnd(width)}${value}\n`).join('');
}

/** Returns the name of the kind as kubectl writes it before a name. */
export function singular({ kind, group }: Resource): string {
  return `${kind.toLowerCase()}.${group}`;
}

/** Returns how old an object is, as `7m` or `3d`. */
export function ageOf({ metadata: { creationTimestamp } }: KubeObject, nowMs: number): string {
  if (creationTimestamp === undefined) return '';
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(creationTimestamp)) / 1000));
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const;
  // As kubectl: two of the smaller unit are still told in it.
  const [letter, size] = units.find(([, each]) => seconds >= 2 * each) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${letter}`;
}

function showList(objects: readonly KubeObject[], as: 'json' | 'yaml'): string {
  const items = objects.map((object): unknown => JSON.parse(showObject(object, 'json')));
  const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
  return as === 'json' ? `${JSON.stringify(list, null, 2)}\n` : stringify(list);
}

function table<T>(objects: readonly T[], columns: Columns<T>): string {
  const rows = [
    columns.map(([title]) => title),
    ...objects.map((object) => columns.map(([, cell]) => cell(object) || '-')),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
