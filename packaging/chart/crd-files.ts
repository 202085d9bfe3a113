import { stringify } from 'yaml';
import type { KubeClient } from '../../src/kube/client.ts';
import { customResourceDefinitions } from './crds.ts';
import type { Schema } from './schema.ts';

/** Folder of the definitions, from the root of the repository. */
export const crdFolder = 'charts/k3k/templates/crds';

/** Returns the definitions of the chart as YAML, by the names of their files. What they take over of Kubernetes' own types is as the API server of `client` publishes it. */
export async function crdFiles(client: Pick<KubeClient, 'request'>): Promise<Map<string, string>> {
  const published = (await client.request('GET', '/openapi/v3/api/v1')) as {
    components: { schemas: Record<string, Schema> };
  };
  const definitions = customResourceDefinitions(published.components.schemas);
  return new Map(
    definitions.map((definition) => [
      `${definition.metadata.name}.yaml`,
      stringify(definition, { aliasDuplicateObjects: false }),
    ]),
  );
}
