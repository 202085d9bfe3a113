import type { KubeClient } from '../kube/client.ts';
import { servedIn } from '../kube/discovery.ts';
import type { Resource } from '../kube/types.ts';

/** Finds where objects of a kind live in the API; undefined where the server does not serve it (yet). */
export type FindKind = (apiVersion: string, kind: string) => Promise<Resource | undefined>;

/** Returns a finder that asks the server of `client` for each API version once, and again for a kind that was not there. */
export function createKindFinder(client: KubeClient): FindKind {
  const known = new Map<string, Resource>();
  return async (apiVersion, kind) => {
    const key = `${apiVersion} ${kind}`;
    if (!known.has(key))
      for (const each of await resourcesOf(client, apiVersion)) known.set(keyOf(apiVersion, each), each);
    return known.get(key);
  };
}

function keyOf(apiVersion: string, { kind }: Resource): string {
  return `${apiVersion} ${kind}`;
}

async function resourcesOf(client: KubeClient, apiVersion: string): Promise<Resource[]> {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return await servedIn(client, { group, version });
}
