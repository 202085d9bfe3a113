import { type Endpoints, type Service, keyOf, resources } from '../../kube/types.ts';
import { type MirrorDefinition, defineMirror, enqueueFrom } from '../define-syncer.ts';

/** Where pods of the host reach the virtual API server. */
export interface ApiServerAddress {
  ip: string;
  port: number;
}

const key = 'default/kubernetes';

/** Keeps the Endpoints of `default/kubernetes` on the virtual API server: its own reconciler is off, as it knows no address that pods reach. */
export function apiServerEndpointsMirror({ ip, port }: ApiServerAddress): MirrorDefinition<Endpoints> {
  return defineMirror<Endpoints>({
    resource: resources.endpoints,
    enqueuedBy: [
      enqueueFrom<Service>('virtual', resources.services, (service) => (keyOf(service) === key ? [key] : [])),
    ],
    wholeFields: ['subsets'],
    fromHost(wanted, { virtual }) {
      if (wanted !== key || !virtual.lister<Service>(resources.services).get(key)) return undefined;
      return {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'kubernetes', namespace: 'default' },
        subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
      };
    },
  });
}
