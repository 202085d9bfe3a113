import { K3vError } from '../../errors.ts';
import type { ServedResource } from '../../kube/discovery.ts';
import { type KubeObject, type Resource, joinKey, resources } from '../../kube/types.ts';
import {
  type CustomObject,
  changedFields,
  namedBy,
  toHostCustomObject,
  toVirtualCustomObject,
} from '../custom-object.ts';
import type { Concern, OptInKind, Opened, Output } from '../define-opt-in.ts';
import { defineMirror } from '../define-mirror.ts';
import { defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { shownObject } from '../shown-as-on-host.ts';
import type { ReferenceRule, SyncRule } from '../sync-rules.ts';

/** Kinds that cross only when used, or that a controller of the host may write. */
const carried: Resource[] = [resources.secrets, resources.configMaps];

/** Returns the kind behind `--sync crd=<name>`, where `name` is `<plural>.<group>`. */
export function customResource(name: string, rule: SyncRule): OptInKind {
  const [plural = '', ...group] = name.split('.');
  const isShown = rule.direction === 'toVirtual';
  return {
    name: `crd=${name}`,
    rights: [
      {
        group: group.join('.'),
        plural,
        verbs: isShown ? 'read' : 'write',
        clusterWide: isShown && rule.clusterScoped,
        needed: true,
      },
      readDefinition(name),
    ],
    isCustom: true,
    open(served) {
      requireScope(name, rule, served);
      return isShown ? shown(served, rule) : written(served, rule);
    },
  };
}

/** Returns the right to read the definition of the custom resource `name`, so that the virtual cluster can be taught it. */
export function readDefinition(name: string): OptInKind['rights'][number] {
  const plural = 'customresourcedefinitions';
  return { group: 'apiextensions.k8s.io', plural, name, verbs: ['get'], clusterWide: true, needed: false };
}

function requireScope(name: string, { direction, clusterScoped }: SyncRule, { namespaced }: ServedResource): void {
  if (direction === 'toVirtual' ? clusterScoped !== namespaced : namespaced) return;
  const is = namespaced ? 'has namespaces' : 'is cluster-scoped';
  throw new K3vError('SYNC_RULES_BROKEN', `${name} ${is} on the host`, {
    hint: namespaced
      ? `Leave "clusterScoped: true" out of the rule for ${name}.`
      : `It can only be shown: its rule must say "direction: toVirtual" and "clusterScoped: true".`,
  });
}

function written(resource: ServedResource, rule: SyncRule): Opened {
  const keysOf = (kind: string, isOutput: boolean) => {
    const references = rule.references.filter((each) => each.kind === kind && each.output === isOutput);
    return (object: CustomObject) => keysNamedBy(object, references);
  };
  const syncer = defineSyncer<CustomObject>({
    resource,
    toHost: (virtual, { translator }) => toHostCustomObject(virtual, { resource, rule, translator }),
    wholeFields: changedFields,
    toVirtual: (host, virtual, { translator }) => toVirtualCustomObject(host, virtual, { resource, rule, translator }),
  });
  const has = (kind: string, isOutput: boolean) =>
    rule.references.some((each) => each.kind === kind && each.output === isOutput);
  return {
    syncers: [syncer],
    uses: carried.flatMap((each): Concern[] =>
      has(each.kind, false)
        ? [{ resource: each, rule: enqueueFrom('virtual', resource, keysOf(each.kind, false)) }]
        : [],
    ),
    outputs: carried.flatMap((each): Output[] =>
      has(each.kind, true) ? [{ resource: each, maker: resource, keys: keysOf(each.kind, true) }] : [],
    ),
  };
}

function keysNamedBy(object: CustomObject, references: ReferenceRule[]): string[] {
  return [...new Set(namedBy(object, references).map(({ namespace, name }) => joinKey(namespace, name)))].toSorted();
}

function shown(resource: ServedResource, rule: SyncRule): Opened {
  const virtualKey = ({ metadata }: KubeObject) =>
    resource.namespaced ? joinKey(rule.namespace, metadata.name) : metadata.name;
  const mirror = defineMirror<CustomObject>({
    resource,
    reads: resource,
    enqueuedBy: [enqueueFrom('host', resource, (object) => [virtualKey(object)])],
    fromHost(key, { host, translator }) {
      const name = key.slice(key.indexOf('/') + 1);
      if (resource.namespaced && key !== joinKey(rule.namespace, name)) return undefined;
      const hostKey = resource.namespaced ? joinKey(translator.hostNamespace, name) : name;
      const found = host.lister<CustomObject>(resource).get(hostKey);
      if (!found) return undefined;
      const { status, ...object } = shownObject(found);
      const metadata = resource.namespaced ? { ...object.metadata, namespace: rule.namespace } : object.metadata;
      return { ...object, metadata, ...(resource.hasStatus && status ? { status } : {}) };
    },
  });
  return { mirrors: [mirror] };
}
