import type { KubeObject, Resource } from '../kube/types.ts';
import { deepCopy } from '../translate/deep-copy.ts';
import { forEachAt, valueAt } from '../translate/field-path.ts';
import { hostPodSelector } from '../translate/host-pod-selector.ts';
import type { Selector } from '../translate/label-selector.ts';
import { type Translator, marks } from '../translate/translator.ts';
import { inVirtualWords } from '../translate/virtual-words.ts';
import type { VirtualChange } from './define-syncer.ts';
import type { ReferenceRule, SyncRule } from './sync-rules.ts';

/** An object of a custom resource. */
export interface CustomObject extends KubeObject {
  spec?: unknown;
  status?: { observedGeneration?: unknown; conditions?: unknown } | undefined;
}

/** What an object names by a reference. */
interface Named {
  kind: string;
  namespace: string;
  name: string;
}

/** Returns the host object that `virtual` should have by `rule`. */
export function toHostCustomObject(
  virtual: CustomObject,
  { resource, rule, translator }: { resource: Resource; rule: SyncRule; translator: Translator },
): CustomObject {
  const { metadata, status: _, ...fields } = deepCopy(virtual);
  const object = translator.hostObject(resource, virtual);
  const kept = Object.entries(metadata.labels ?? {}).filter(([key]) => rule.keepLabels.includes(key));
  const host: CustomObject = {
    ...fields,
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...Object.fromEntries(kept), ...object.metadata.labels },
      // What the tenant took out can so be told from what the host's controllers put in.
      annotations: { ...object.metadata.annotations, [marks.ownerGeneration]: String(metadata.generation ?? 0) },
    },
  };
  for (const path of rule.leaveOut) forEachAt(host, path, (holder, field) => delete holder[field]);
  for (const path of rule.selectors) {
    forEachAt(host, path, (holder, field) => {
      if (isSelector(holder[field])) {
        holder[field] = hostPodSelector(holder[field], [metadata.namespace ?? ''], translator);
      }
    });
  }
  renameIn(host, virtual, rule.references, ({ kind, namespace, name }) => ({
    namespace: translator.hostNamespace,
    name: translator.hostName(kind, namespace, name),
  }));
  return host;
}

/** Returns what `virtual` names by `references`. */
export function namedBy(virtual: CustomObject, references: ReferenceRule[]): Named[] {
  const found: Named[] = [];
  renameIn(deepCopy(virtual), virtual, references, (named) => {
    found.push(named);
    return named;
  });
  return found;
}

/** Returns what `host` says of `virtual`: its status, with generations of the virtual object and in the tenant's names. */
export function toVirtualCustomObject(
  host: CustomObject,
  virtual: CustomObject,
  {
    resource,
    rule,
    translator,
  }: { resource: Resource & { hasStatus: boolean }; rule: SyncRule; translator: Translator },
): VirtualChange<CustomObject> {
  if (host.status === undefined) return {};
  const known = new Map([[host.metadata.name, virtual.metadata.name]]);
  for (const { kind, namespace, name } of namedBy(virtual, rule.references)) {
    known.set(translator.hostName(kind, namespace, name), name);
  }
  const status = withGenerations(
    inVirtualWords(host.status, (name) => known.get(name)),
    host,
    virtual,
  );
  return resource.hasStatus ? { status } : { patch: { status } };
}

const observed = 'observedGeneration';

/** What the host's controller has seen is the virtual object of now, or else still what was seen before. */
function withGenerations(
  status: NonNullable<CustomObject['status']>,
  host: CustomObject,
  virtual: CustomObject,
): NonNullable<CustomObject['status']> {
  const translated = <T extends object>(part: T, before: unknown): T => {
    if (!(observed in part)) return part;
    const isCurrent = part[observed] === host.metadata.generation;
    const seen: unknown = isCurrent ? virtual.metadata.generation : Reflect.get(Object(before), observed);
    return { ...part, [observed]: seen ?? 0 };
  };
  const { conditions } = status;
  const known = conditionsOf(virtual.status?.conditions);
  return {
    ...translated(status, virtual.status),
    ...(Array.isArray(conditions)
      ? {
          conditions: conditionsOf(conditions).map((each) =>
            translated(
              each,
              known.find(({ type }) => type === each.type),
            ),
          ),
        }
      : {}),
  };
}

function conditionsOf(value: unknown): { type?: unknown }[] {
  return Array.isArray(value) ? value : [];
}

/** Puts into `object`, a copy of `virtual` or its translation, the names that `rename` gives. */
function renameIn(
  object: CustomObject,
  virtual: CustomObject,
  references: ReferenceRule[],
  rename: (named: Named) => { namespace: string; name: string },
): void {
  const { namespace: own = '', name: ownName } = virtual.metadata;
  for (const { path, kind, namespaceField, default: preset, when } of references) {
    if (!when.every((each) => each.values.includes(valueAt(virtual, each.path) ?? null))) continue;
    forEachAt(
      object,
      path,
      (holder, field) => {
        const name = holder[field] ?? preset?.replaceAll('{name}', ownName);
        if (typeof name !== 'string' || name === '') return;
        const other = namespaceField === undefined ? undefined : holder[namespaceField];
        const namespace = typeof other === 'string' && other !== '' ? other : own;
        const renamed = rename({ kind, namespace, name });
        holder[field] = renamed.name;
        if (namespaceField !== undefined && other !== undefined) holder[namespaceField] = renamed.namespace;
      },
      { create: preset !== undefined },
    );
  }
}

/** Dotted paths of the fields of a host object that are all the tenant's, when the tenant has changed something. */
export function changedFields(desired: CustomObject, live: CustomObject): string[] {
  const generationOf = ({ metadata }: CustomObject) => metadata.annotations?.[marks.ownerGeneration];
  if (generationOf(desired) === generationOf(live)) return [];
  const fields = new Set([...Object.keys(desired), ...Object.keys(live)]);
  return [...fields].filter((field) => !['apiVersion', 'kind', 'metadata', 'status'].includes(field));
}

function isSelector(value: unknown): value is Selector {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
