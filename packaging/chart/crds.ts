import { clusterSchema } from './cluster-schema.ts';
import { policySchema } from './policy-schema.ts';
import { type Schema, structural } from './schema.ts';

/** A CustomResourceDefinition of apiextensions.k8s.io/v1. */
export interface CustomResourceDefinition {
  apiVersion: string;
  kind: string;
  metadata: { name: string; annotations: Record<string, string> };
  spec: object;
}

const group = 'k3k.io';
const version = 'v1beta1';
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const column = (name: string, jsonPath: string, priority = 0) => ({
  name,
  type: 'string',
  jsonPath,
  ...(priority > 0 ? { priority } : {}),
});

/** Returns the definitions of Cluster and VirtualClusterPolicy. `types` are `components.schemas` of `/openapi/v3/api/v1`, as an API server publishes them. */
export function customResourceDefinitions(types: Record<string, Schema>): CustomResourceDefinition[] {
  const define = (
    names: { kind: string; plural: string; singular: string; shortNames?: string[] },
    scope: 'Namespaced' | 'Cluster',
    schema: Schema,
    columns: object[],
  ): CustomResourceDefinition => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${group}`,
      // Whoever uninstalls the chart keeps the clusters.
      annotations: { 'helm.sh/resource-policy': 'keep' },
    },
    spec: {
      group,
      scope,
      names: { listKind: `${names.kind}List`, ...names },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: structural(schema, types) },
        },
      ],
    },
  });
  return [
    define({ kind: 'Cluster', plural: 'clusters', singular: 'cluster' }, 'Namespaced', clusterSchema, [
      column('Mode', '.spec.mode'),
      column('Status', '.status.phase'),
      column('Policy', '.status.policyName'),
      column('Version', '.status.version'),
      column('Endpoint', '.status.endpoint', 1),
      age,
    ]),
    define(
      {
        kind: 'VirtualClusterPolicy',
        plural: 'virtualclusterpolicies',
        singular: 'virtualclusterpolicy',
        shortNames: ['vcp'],
      },
      'Cluster',
      policySchema,
      [column('Mode', '.spec.allowedMode'), age],
    ),
  ];
}
