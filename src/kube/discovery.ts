import type { KubeClient } from './client.ts';
import { ifFound } from './errors.ts';
import type { Resource } from './types.ts';

/** A kind as one API server serves it in one version. */
export interface ServedResource extends Resource {
  /** Whether its status is a subresource, which an ordinary write leaves alone. */
  hasStatus: boolean;
}

interface ApiGroup {
  versions?: { version: string }[];
  preferredVersion?: { version: string };
}
interface ApiResources {
  /** A name with a slash is that of a subresource. */
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Returns `plural` of `group` in every version that the server of `client` serves, its preferred one first; none if it does not know it. */
export async function servedVersions(
  client: KubeClient,
  { group, plural }: Pick<Resource, 'group' | 'plural'>,
): Promise<ServedResource[]> {
  const served: ServedResource[] = [];
  for (const version of await versionsOf(client, group)) {
    const listed = await listedIn(client, { group, version });
    const found = listed.find(({ name }) => name === plural);
    const hasStatus = listed.some(({ name }) => name === `${plural}/status`);
    if (found) served.push({ group, version, plural, kind: found.kind, namespaced: found.namespaced, hasStatus });
  }
  return served;
}

/** Returns what the server of `client` serves in one version of one group; none if it does not know that. */
export async function servedIn(
  client: KubeClient,
  { group, version }: Pick<Resource, 'group' | 'version'>,
): Promise<Resource[]> {
  const main = (await listedIn(client, { group, version })).filter(({ name }) => !name.includes('/'));
  return main.map(({ name: plural, kind, namespaced }) => ({ group, version, plural, kind, namespaced }));
}

async function listedIn(
  client: KubeClient,
  { group, version }: Pick<Resource, 'group' | 'version'>,
): Promise<NonNullable<ApiResources['resources']>> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const list = (await ifFound(client.request('GET', path))) as ApiResources | undefined;
  return list?.resources ?? [];
}

async function versionsOf(client: KubeClient, group: string): Promise<string[]> {
  if (group === '') return ['v1'];
  const found = (await ifFound(client.request('GET', `/apis/${group}`))) as ApiGroup | undefined;
  const versions = (found?.versions ?? []).map(({ version }) => version);
  const preferred = found?.preferredVersion?.version;
  return preferred ? [preferred, ...versions.filter((version) => version !== preferred)] : versions;
}
