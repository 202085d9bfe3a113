import type { KubeObject, Resource } from '../kube/types.ts';

/** An index that a definition wants on a store: read with `context.<side>.lister(resource).byIndex(name, value)`. */
export interface IndexRule {
  side: 'virtual' | 'host';
  resource: Resource;
  name: string;
  values: (object: KubeObject) => string[];
}

/** Returns the index `name` over `resource` on `side`. */
export function indexBy<T extends KubeObject>(
  side: 'virtual' | 'host',
  resource: Resource,
  name: string,
  values: (object: T) => string[],
): IndexRule {
  return { side, resource, name, values: (object) => values(object as T) };
}
