import {
  type ConfigMap,
  type Namespace,
  type Pod,
  type Secret,
  type Service,
  joinKey,
  resources,
} from '../../kube/types.ts';
import { selects } from '../../translate/label-selector.ts';
import type { PodSurroundings } from '../../translate/pod-spec.ts';
import { serviceEnv } from '../../translate/service-env.ts';
import { apiServerService, apiServerServiceKey } from '../api-server-service.ts';
import { clusterDnsOf } from '../cluster-dns.ts';
import { type EnqueueRule, enqueueFrom } from '../enqueue-rule.ts';
import { hostServiceSpec } from '../host-service.ts';
import { type IndexRule, indexBy } from '../index-rule.ts';
import { NotYet } from '../not-yet.ts';
import type { SyncContext } from '../sync-context.ts';
import { asAsked } from './service-move.ts';

const byNamespace = 'services-by-namespace';

export const surroundingsIndex: IndexRule = indexBy<Service>(
  'virtual',
  resources.services,
  byNamespace,
  ({ metadata }) => [metadata.namespace ?? ''],
);

/** Has the stores read that `surroundingsOf` looks into. A pod that exists stays as it is when they change. */
export const surroundingsRules: EnqueueRule[] = [
  enqueueFrom<Namespace>('virtual', resources.namespaces, () => []),
  enqueueFrom<ConfigMap>('virtual', resources.configMaps, () => []),
  enqueueFrom<Secret>('virtual', resources.secrets, () => []),
];

/** Returns what `pod` meets in the virtual cluster. Throws NotYet until the virtual API server's own Service has its address. */
export function surroundingsOf(pod: Pod, context: SyncContext): PodSurroundings {
  const { virtual } = context;
  const namespaces = virtual.lister<Namespace>(resources.namespaces);
  return {
    serviceVariables: serviceEnv(servicesSeenBy(pod, context)),
    dns: clusterDnsOf(context),
    namespacesMatching: (selector) =>
      [...namespaces.list()].flatMap(({ metadata }) => (selects(selector, metadata.labels) ? [metadata.name] : [])),
    keysOf: (kind, name) => {
      const resource = kind === 'ConfigMap' ? resources.configMaps : resources.secrets;
      const key = joinKey(pod.metadata.namespace ?? '', name);
      return Object.keys(virtual.lister<ConfigMap | Secret>(resource).get(key)?.data ?? {});
    },
  };
}

/** The kubelet's rule (getServiceEnvVarMap): always the API server's Service, and with service links those of the pod's namespace. */
function servicesSeenBy({ metadata, spec }: Pod, context: SyncContext): Service[] {
  const services = context.virtual.lister<Service>(resources.services);
  const found = services.get(apiServerServiceKey);
  const apiServer = found && asOnHost(found, context);
  if (!apiServer?.spec?.clusterIP) throw new NotYet(`${apiServerServiceKey} has no address yet`);
  const { namespace = '' } = metadata;
  const own = spec?.enableServiceLinks === false ? [] : services.byIndex(byNamespace, namespace);
  const others = own.filter((service) => service !== found).map((service) => asOnHost(service, context));
  const hasOwn =
    namespace !== apiServerService.namespace && others.some((each) => each.metadata.name === apiServerService.name);
  return [...(hasOwn ? [] : [apiServer]), ...sorted(others)];
}

/** Returns `service` with the address that its host Service has, which it is yet to get if it has another. */
function asOnHost(service: Service, context: SyncContext): Service {
  const { namespace = '', name } = service.metadata;
  const given = hostServiceSpec({ namespace, name }, context)?.clusterIP;
  const asked = asAsked(service);
  return given ? { ...asked, spec: { ...asked.spec, clusterIP: given } } : asked;
}

function sorted(services: Service[]): Service[] {
  return services.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
