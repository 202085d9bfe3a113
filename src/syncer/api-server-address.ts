import type { KubeClient } from '../kube/client.ts';
import { ifFound } from '../kube/errors.ts';
import { type Service, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { Translator } from '../translate/translator.ts';
import { apiServerService } from './api-server-service.ts';
import { makeHostService } from './service-admission.ts';

/** The addresses under which pods find the virtual API server. */
export interface ApiServerAddress {
  /** The ClusterIPs of the host Service of `default/kubernetes`. */
  addresses: string[];
  /** Removes the host Service if this start made it; for a start that fails. */
  release: () => Promise<void>;
}

/**
 * Makes the host Service of the virtual `default/kubernetes`, or finds the one of an earlier start: its address has to stand in the
 * API server's certificate, so it must be known before the API server starts. The engine adopts it.
 */
export async function reserveApiServerAddress(
  host: KubeClient,
  translator: Translator,
  log: Logger,
): Promise<ApiServerAddress> {
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...apiServerService },
    spec: { ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
  };
  const ref = {
    resource: resources.services,
    namespace: translator.hostNamespace,
    name: translator.hostName('Service', apiServerService.namespace, apiServerService.name),
  };
  const found = await ifFound(host.get<Service>(ref));
  if (found && translator.ownerOf(found, 'Service')) {
    return { addresses: addressesOf(found), release: async () => undefined };
  }
  const made = await makeHostService(host, translator, service);
  return {
    addresses: addressesOf(made),
    release: async () => {
      await ifFound(host.delete(ref, { uid: made.metadata.uid })).catch((error: unknown) =>
        log.warn({ err: error, service: ref.name }, 'could not remove the Service on the host'),
      );
    },
  };
}

function addressesOf({ spec }: Service): string[] {
  return spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []);
}
