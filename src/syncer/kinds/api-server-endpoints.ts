import { type Endpoints, type Lease, type Service, keyOf, resources } from '../../kube/types.ts';
import { marks } from '../../translate/translator.ts';
import { apiServerService, apiServerServiceKey, isApiServerService } from '../api-server-service.ts';
import { type MirrorDefinition, defineMirror } from '../define-mirror.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import type { SyncContext } from '../sync-context.ts';

/** Where pods of the host reach the virtual API server. */
export interface ApiServerAddress {
  ip: string;
  port: number;
}

/**
 * Keeps the Endpoints of `default/kubernetes` on the virtual API server: its own reconciler is off, as it knows no address that pods reach. Where k3v has `replicas`,
 * on those of all that have a Lease, one for each address: the controllers of Kubernetes make nothing of one address with two ports of the same name.
 */
export function apiServerEndpointsMirror(
  own: ApiServerAddress,
  { replicas }: { replicas: boolean },
): MirrorDefinition<Endpoints> {
  return defineMirror<Endpoints>({
    resource: resources.endpoints,
    enqueuedBy: [
      enqueueFrom<Service>('virtual', resources.services, (service) =>
        isApiServerService(service.metadata) ? [apiServerServiceKey] : [],
      ),
      ...(replicas ? [enqueueFrom<Lease>('virtual', resources.leases, () => [apiServerServiceKey])] : []),
    ],
    wholeFields: ['subsets'],
    fromHost(wanted, { virtual }) {
      if (wanted !== apiServerServiceKey || !virtual.lister<Service>(resources.services).get(wanted)) return undefined;
      return {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { ...apiServerService },
        subsets: subsetsOf([own, ...(replicas ? addressesOf(virtual) : [])]),
      };
    },
  });
}

function addressesOf(virtual: SyncContext['virtual']): ApiServerAddress[] {
  const leases = [...virtual.lister<Lease>(resources.leases).list()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return leases.flatMap(({ metadata }) => {
    const [ip = '', port = ''] = (metadata.annotations?.[marks.replicaAddress] ?? '').split(' ');
    return ip !== '' && Number(port) > 0 ? [{ ip, port: Number(port) }] : [];
  });
}

/** Of one address the first counts. */
function subsetsOf(addresses: ApiServerAddress[]): Endpoints['subsets'] {
  const ports = new Map<string, number>();
  for (const { ip, port } of addresses) if (!ports.has(ip)) ports.set(ip, port);
  return [...new Set(ports.values())]
    .sort((a, b) => a - b)
    .map((port) => ({
      addresses: [...ports].flatMap(([ip, of]) => (of === port ? [{ ip }] : [])).sort((a, b) => (a.ip < b.ip ? -1 : 1)),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    }));
}
