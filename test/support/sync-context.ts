import type { Lister } from '../../src/kube/informer.ts';
import { type KubeObject, type Resource, keyOf } from '../../src/kube/types.ts';
import type { IndexRule } from '../../src/syncer/index-rule.ts';
import type { Side, SyncContext } from '../../src/syncer/sync-context.ts';
import { createTranslator } from '../../src/translate/translator.ts';

/** Returns a context over fixed objects, for tests of pure translations: id `a`, host namespace `team`. */
export function syncContext({
  virtual = [],
  host = [],
  indexes = [],
}: {
  virtual?: KubeObject[];
  host?: KubeObject[];
  indexes?: IndexRule[];
}): SyncContext {
  return {
    translator: createTranslator({ id: 'a', hostNamespace: 'team' }),
    virtual: fixedSide(
      virtual,
      indexes.filter(({ side }) => side === 'virtual'),
    ),
    host: fixedSide(
      host,
      indexes.filter(({ side }) => side === 'host'),
    ),
    settings: { clusterDomain: 'cluster.local', syncAll: new Set() },
  };
}

function fixedSide(objects: KubeObject[], indexes: IndexRule[]): Side {
  return {
    has: () => true,
    lister<T extends KubeObject>(resource: Resource): Lister<T> {
      const found = objects.filter(({ kind }) => kind === resource.kind) as T[];
      const byIndex = (name: string, value: string) => {
        const index = indexes.find((each) => each.resource === resource && each.name === name);
        if (!index) throw new Error(`no index ${name} over ${resource.plural}`);
        return found.filter((object) => index.values(object).includes(value));
      };
      return {
        get: (key) => found.find((object) => keyOf(object) === key),
        list: () => found,
        size: () => found.length,
        byIndex,
        countOf: (name, value) => byIndex(name, value).length,
      };
    },
  };
}
