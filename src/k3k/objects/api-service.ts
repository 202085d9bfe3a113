import { type Ingress, type Service, resources } from '../../kube/types.ts';
import type { ClusterContext, ObjectsOf } from '../cluster-context.ts';
import { ingressHosts } from '../endpoint.ts';
import { namesOf } from '../names.ts';
import { clusterLabels, owned, typed } from './owned.ts';

/** Port on which every server answers. */
export const apiPort = 6443;
const servicePort = 443;

/** The Service of the API server, and the Ingress to it where the cluster is exposed by one. */
export const apiService: ObjectsOf = (context) => [service(context), ...ingress(context)];

function service({ cluster, spec: { expose = {} } }: ClusterContext): Service {
  const { loadBalancer, nodePort } = expose;
  const type = loadBalancer ? 'LoadBalancer' : nodePort ? 'NodePort' : 'ClusterIP';
  const port = {
    name: 'https',
    protocol: 'TCP',
    port: loadBalancer?.serverPort ?? servicePort,
    targetPort: apiPort,
    ...(nodePort?.serverPort ? { nodePort: nodePort.serverPort } : {}),
  };
  return {
    ...typed(resources.services),
    metadata: owned(cluster, namesOf(cluster.metadata.name).service, { annotations: expose.annotations }),
    spec: { type, selector: { ...clusterLabels(cluster), role: 'server' }, ports: [port] },
  };
}

function ingress({ cluster, spec: { expose, tlsSANs } }: ClusterContext): Ingress[] {
  if (!expose?.ingress) return [];
  const { annotations, ingressClassName } = expose.ingress;
  const names = namesOf(cluster.metadata.name);
  const backend = { service: { name: names.service, port: { number: servicePort } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  return [
    {
      ...typed(resources.ingresses),
      metadata: owned(cluster, names.ingress, { annotations }),
      spec: {
        ...(ingressClassName ? { ingressClassName } : {}),
        rules: ingressHosts(tlsSANs).map((host) => ({ host, http })),
      },
    },
  ];
}
