import { type Service, joinKey, resources } from '../kube/types.ts';
import type { HostOwner } from '../translate/translator.ts';
import type { SyncContext } from './sync-context.ts';

/** Returns what the host Service of the virtual one says, as far as the store knows; undefined where there is none. */
export function hostServiceSpec(
  { namespace, name }: Pick<HostOwner, 'namespace' | 'name'>,
  { host, translator }: Pick<SyncContext, 'host' | 'translator'>,
): Service['spec'] {
  const hostName = translator.hostName(resources.services.kind, namespace, name);
  return host.lister<Service>(resources.services).get(joinKey(translator.hostNamespace, hostName))?.spec;
}
