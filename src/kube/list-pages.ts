import type { KubeClient, ListOptions } from './client.ts';
import type { KubeObject, Resource } from './types.ts';

/** Yields the objects of `resource` page by page, `limit` in each: the next page is asked for when the one before has been dealt with. Rejects as `client.list` does. */
export async function* listPages<T extends KubeObject>(
  client: KubeClient,
  resource: Resource,
  options: ListOptions & { limit: number },
): AsyncGenerator<T[]> {
  let next: string | undefined;
  do {
    const page = await client.list<T>(resource, { ...options, ...(next ? { continue: next } : {}) });
    yield page.items;
    next = page.continue;
  } while (next);
}
