import { type KubeObject, resources } from '../../kube/types.ts';
import { type MirrorDefinition, defineMirror } from '../define-syncer.ts';
import { webhookConfiguration } from '../service-admission.ts';

/** Where the virtual API server asks about Services. */
export interface ServiceWebhook {
  url: string;
  caPem: string;
}

/** Keeps the Service webhook registered in the virtual cluster, whatever the tenant does to it. */
export function serviceWebhookMirror({ url, caPem }: ServiceWebhook): MirrorDefinition<KubeObject> {
  const wanted = webhookConfiguration(url, caPem);
  return defineMirror<KubeObject>({
    resource: resources.mutatingWebhookConfigurations,
    always: [wanted.metadata.name],
    enqueuedBy: [],
    fromHost: (key) => (key === wanted.metadata.name ? wanted : undefined),
  });
}
