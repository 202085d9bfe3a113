import { type Service, resources } from '../../kube/types.ts';
import type { ObjectsOf } from '../cluster-context.ts';
import { namesOf } from '../names.ts';
import { apiPort } from './api-service.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { owned, typed } from './owned.ts';
import { podLabelsOf } from './pod-fields.ts';

/** What stands beside the StatefulSet of the servers in either mode: the Service that names its pods and, with several, a budget by which nodes are drained one after the other. */
export const serverCompanions: ObjectsOf = (context) => {
  const { cluster, spec } = context;
  const names = namesOf(cluster.metadata.name);
  const labels = podLabelsOf(context, 'server');
  const headless: Service = {
    ...typed(resources.services),
    metadata: owned(cluster, names.serverHeadless),
    spec: {
      clusterIP: 'None',
      selector: labels,
      publishNotReadyAddresses: true,
      ports: [{ name: 'https', port: apiPort, targetPort: apiPort }],
    },
  };
  return [headless, ...(spec.servers > 1 ? [disruptionBudget(cluster, names.server, labels)] : [])];
};
