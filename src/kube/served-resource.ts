import type { KubeClient } from './client.ts';
import { ifFound } from './errors.ts';
import type { Resource } from './types.ts';

/** Returns `resource` in the first of `versions` in which the API server has it, or undefined if in none. */
export async function servedResource(
  client: KubeClient,
  resource: Omit<Resource, 'version'>,
  versions: readonly string[],
): Promise<Resource | undefined> {
  for (const version of versions) {
    const list = await ifFound(client.request('GET', `/apis/${resource.group}/${version}`));
    const served: unknown = Reflect.get(Object(list), 'resources');
    if (Array.isArray(served) && served.some((each) => Reflect.get(Object(each), 'name') === resource.plural)) {
      return { ...resource, version };
    }
  }
  return undefined;
}
