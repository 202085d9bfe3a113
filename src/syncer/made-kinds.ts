import type { KubeObject, Resource } from '../kube/types.ts';
import type { StateStore } from '../state/store.ts';
import type { Translator } from '../translate/translator.ts';
import type { Opened } from './define-opt-in.ts';
import { outputKind, outputOwnerOf } from './outputs.ts';

/** Objects of one kind that k3v makes on one side. */
export interface Made {
  side: 'virtual' | 'host';
  resource: Resource;
  /** What their owner mark says, on the host. */
  ownerKind: string;
}

const prefix = 'opt-in/';

/** Returns what k3v makes for the definitions of `opened`. */
export function madeBy({ syncers = [], mirrors = [], outputs = [] }: Opened): Made[] {
  return [
    ...syncers.map(({ resource, hostResource = resource, namedAs = hostResource.kind }): Made => {
      return { side: 'host', resource: plain(hostResource), ownerKind: namedAs };
    }),
    ...outputs.map(
      ({ resource }): Made => ({ side: 'host', resource: plain(resource), ownerKind: outputKind(resource.kind) }),
    ),
    ...mirrors.map(({ resource }): Made => ({ side: 'virtual', resource: plain(resource), ownerKind: resource.kind })),
  ];
}

/** Whether the host object `object` says, by its marks and its name, that k3v made it as `made`. */
export function isMadeAs(object: KubeObject, { resource, ownerKind }: Made, translator: Translator): boolean {
  return ownerKind === outputKind(resource.kind)
    ? outputOwnerOf(object, resource, translator) !== undefined
    : translator.ownerOf(object, ownerKind) !== undefined;
}

/** Yields what `store` remembers to have been made for kinds that `--sync` named, each with its key there. */
export async function* rememberedKinds(store: Pick<StateStore, 'entries'>): AsyncGenerator<[key: string, made: Made]> {
  for await (const [key, value] of store.entries(prefix)) yield [key, value as unknown as Made];
}

/** Returns the key under which a store remembers `made`. */
export function memoryKey({ side, resource: { group, plural }, ownerKind }: Made): string {
  return `${prefix}${side}/${group}/${plural}/${ownerKind}`;
}

function plain({ group, version, plural, kind, namespaced }: Resource): Resource {
  return { group, version, plural, kind, namespaced };
}
