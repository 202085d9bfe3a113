import type { Registry } from './engine.ts';
import { type ApiServerAddress, apiServerEndpointsMirror } from './kinds/api-server-endpoints.ts';
import { configMapSyncer } from './kinds/configmaps.ts';
import { endpointsSyncer } from './kinds/endpoints.ts';
import { nodeMirror } from './kinds/nodes.ts';
import { persistentVolumeClaimSyncer } from './kinds/persistentvolumeclaims.ts';
import { persistentVolumeMirror } from './kinds/persistentvolumes.ts';
import { podSyncer } from './kinds/pods.ts';
import { secretSyncer } from './kinds/secrets.ts';
import { type ServiceWebhook, serviceWebhookMirror } from './kinds/service-webhook.ts';
import { serviceAccountTokenSyncer } from './kinds/service-account-tokens.ts';
import { serviceSyncer } from './kinds/services.ts';
import { storageClassMirror } from './kinds/storageclasses.ts';

/** Returns every kind that k3v keeps alike on both sides: one line per kind. */
export function createRegistry({
  apiServer,
  serviceWebhook,
}: {
  apiServer: ApiServerAddress;
  serviceWebhook: ServiceWebhook;
}): Registry {
  return {
    syncers: [
      configMapSyncer,
      secretSyncer,
      serviceSyncer,
      endpointsSyncer,
      persistentVolumeClaimSyncer,
      serviceAccountTokenSyncer,
      podSyncer,
    ],
    mirrors: [
      nodeMirror,
      persistentVolumeMirror,
      storageClassMirror,
      apiServerEndpointsMirror(apiServer),
      serviceWebhookMirror(serviceWebhook),
    ],
  };
}
