import type { KubeClient, KubeList, WatchEvent } from '../../src/kube/client.ts';
import type { ConfigMap, KubeObject } from '../../src/kube/types.ts';

/** A client whose lists and watches a test answers by hand. */
export interface ScriptedClient extends KubeClient {
  lists: {
    query: Record<string, unknown>;
    answer: (page: Partial<KubeList<ConfigMap>>) => void;
    fail: (error: unknown) => void;
  }[];
  watches: ScriptedWatch[];
}

interface ScriptedWatch {
  query: { resourceVersion: string; timeoutSeconds: number };
  send: (type: WatchEvent<KubeObject>['type'], object: KubeObject) => void;
  end: () => void;
  fail: (error: unknown) => void;
}

/** Returns a client that waits for the test at every list and watch; all other calls throw. */
export function createScriptedClient(): ScriptedClient {
  const refuse = () => {
    throw new Error('only lists and watches are scripted');
  };
  const lists: ScriptedClient['lists'] = [];
  const watches: ScriptedWatch[] = [];

  async function* watch(
    query: ScriptedWatch['query'] & { signal: AbortSignal },
  ): AsyncGenerator<WatchEvent<KubeObject>> {
    const waiting: (WatchEvent<KubeObject> | { end: true } | { error: unknown })[] = [];
    let wake = () => undefined as void;
    const push = (item: (typeof waiting)[number]) => {
      waiting.push(item);
      wake();
    };
    watches.push({
      query,
      send: (type, object) => push({ type, object }),
      end: () => push({ end: true }),
      fail: (error) => push({ error }),
    });
    query.signal.addEventListener('abort', () => push({ error: query.signal.reason }));
    for (;;) {
      const next = waiting.shift();
      if (!next) await new Promise<void>((resolve) => (wake = resolve));
      else if ('error' in next) throw next.error;
      else if ('end' in next) return;
      else yield next;
    }
  }

  return {
    server: 'https://scripted',
    lists,
    watches,
    list: <T extends KubeObject>(_: unknown, query: { signal?: AbortSignal } = {}) =>
      new Promise<KubeList<T>>((resolve, reject) => {
        const answer = ({ items = [], resourceVersion = '0', continue: token }: Partial<KubeList<ConfigMap>>) =>
          resolve({ items: items as KubeObject[] as T[], resourceVersion, continue: token });
        lists.push({ query: { ...query }, answer, fail: reject });
        query.signal?.addEventListener('abort', () => reject(query.signal?.reason));
      }),
    watch: <T extends KubeObject>(_: unknown, query: Parameters<KubeClient['watch']>[1]) =>
      watch(query) as AsyncGenerator<WatchEvent<KubeObject>> as AsyncGenerator<WatchEvent<T>>,
    get: refuse,
    create: refuse,
    replace: refuse,
    patch: refuse,
    delete: refuse,
    request: refuse,
    close: () => undefined,
  };
}
