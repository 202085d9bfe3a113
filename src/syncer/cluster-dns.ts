import { type Pod, type Service, joinKey, keyOf, resources } from '../kube/types.ts';
import { type ClusterDns, usesClusterDns } from '../translate/pod-dns.ts';
import { type EnqueueRule, enqueueFrom } from './enqueue-rule.ts';
import { hostServiceSpec } from './host-service.ts';
import { NotYet } from './not-yet.ts';
import type { SyncContext } from './sync-context.ts';

/** Where every cluster has its DNS: k3v's own add-on, or one that the tenant runs. */
const service = { namespace: 'kube-system', name: 'kube-dns' };

/** Returns the virtual cluster's DNS as the host's pods reach it: the host's word counts, as the virtual Service follows it. */
export function clusterDnsOf(context: SyncContext): ClusterDns {
  const spec = hostServiceSpec(service, context);
  const addresses = spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []);
  return { servers: addresses.filter(isAddress), domain: context.settings.clusterDomain };
}

/** Throws NotYet while `virtual` needs a cluster DNS that is to come: a pod cannot be given one later. */
export function requireClusterDns(virtual: Pod, context: SyncContext): void {
  if (!usesClusterDns(virtual) || clusterDnsOf(context).servers.length > 0) return;
  const tenants = context.virtual
    .lister<Service>(resources.services)
    .get(joinKey(service.namespace, service.name))?.spec;
  const isComing = tenants && tenants.type !== 'ExternalName' && tenants.clusterIP !== 'None';
  if (!isComing && !context.settings.runsDns) return;
  const message = `the Service ${service.namespace}/${service.name} has no address for its DNS lookups yet`;
  throw new NotYet(message, { event: 'MissingClusterDNS' });
}

/** Looks at the pods that wait when cluster DNS gets its address. */
export const whenDnsIsThere: EnqueueRule = enqueueFrom<Service>('host', resources.services, (changed, context) => {
  const { host, virtual, translator } = context;
  if (changed.metadata.name !== translator.hostName('Service', service.namespace, service.name)) return [];
  const onHost = host.lister<Pod>(resources.pods);
  const isWaiting = ({ metadata }: Pod) => {
    const name = translator.hostName('Pod', metadata.namespace ?? '', metadata.name);
    return onHost.get(joinKey(translator.hostNamespace, name)) === undefined;
  };
  return [...virtual.lister<Pod>(resources.pods).list()].filter(isWaiting).map(keyOf);
});

function isAddress(text: string): boolean {
  return text !== '' && text !== 'None';
}
