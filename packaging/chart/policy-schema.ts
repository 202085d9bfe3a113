import { affinity, mode, podSchema } from './shared-fields.ts';
import { core, flag, known, list, object, text, texts, time } from './schema.ts';
import { syncSchema } from './sync-schema.ts';

/** The whole of a VirtualClusterPolicy. */
export const policySchema = object(
  'Rules for all clusters in the namespaces with the label policy.k3k.io/policy-name=<name of this object>.',
  {
    spec: object(
      'The rules.',
      {
        quota: core('ResourceQuotaSpec', 'ResourceQuota of each of the namespaces.'),
        limit: core('LimitRangeSpec', 'LimitRange of each of the namespaces.'),
        allowedMode: mode('The only mode that clusters may have.'),
        defaultNodeSelector: texts('nodeSelector of the clusters, which wins over their own.'),
        defaultPriorityClass: text('priorityClass of the clusters, which wins over their own.'),
        defaultServerAffinity: affinity('server'),
        defaultAgentAffinity: affinity('agent'),
        disableNetworkPolicy: flag('Whether the NetworkPolicy that keeps clusters apart is left out.', {
          default: false,
        }),
        podSecurityAdmissionLevel: text('Pod Security Standard that the namespaces enforce.', {
          enum: ['privileged', 'baseline', 'restricted'],
        }),
        sync: { ...syncSchema, default: undefined, description: 'sync of the clusters, which wins over their own.' },
        ...podSchema,
      },
      { default: {} },
    ),
    status: object('What was done about it.', {
      observedGeneration: {
        type: 'integer',
        format: 'int64',
        description: 'Generation of the object that this is about.',
      },
      lastUpdateTime: time('When this was written.'),
      summary: text('For people.'),
      conditions: list(
        'Ready: whether it is in force in all of the namespaces.',
        known('io.k8s.apimachinery.pkg.apis.meta.v1.Condition'),
        {
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
        },
      ),
    }),
  },
);
