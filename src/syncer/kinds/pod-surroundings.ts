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
import { clusterDnsOf } from '../cluster-dns.ts';
import { type EnqueueRule, enqueueFrom } from '../enqueue-rule.ts';
import { type IndexRule, indexBy } from '../index-rule.ts';
import { NotYet } from '../not-yet.ts';
import type { SyncContext } from '../sync-context.ts';

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
function servicesSeenBy({ metadata, spec }: Pod, { virtual }: SyncContext): Service[] {
  const services = virtual.lister<Service>(resources.services);
  const apiServer = services.get('default/kubernetes');
  if (!apiServer?.spec?.clusterIP) throw new NotYet('default/kubernetes has no address yet');
  if (spec?.enableServiceLinks === false || metadata.namespace === 'default') {
    const own = spec?.enableServiceLinks === false ? [] : services.byIndex(byNamespace, 'default');
    return [apiServer, ...sorted(own.filter((service) => service.metadata.name !== 'kubernetes'))];
  }
  const own = services.byIndex(byNamespace, metadata.namespace ?? '');
  return [...(own.some((service) => service.metadata.name === 'kubernetes') ? [] : [apiServer]), ...sorted(own)];
}

function sorted(services: Service[]): Service[] {
  return services.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
