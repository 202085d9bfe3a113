import equal from 'fast-deep-equal';
import type { KubeClient } from '../kube/client.ts';
import { ConnectionError, StatusError, isAlreadyExists, ifFound, isBusy } from '../kube/errors.ts';
import { type KubeObject, type Service, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { marks, type Translator } from '../translate/translator.ts';
import { toHostService, withHostAddress, withoutAddress } from './kinds/services.ts';

interface ReviewRequest {
  uid: string;
  operation: string;
  dryRun?: boolean;
  namespace?: string;
  object?: Service;
  oldObject?: Service | null;
}

interface ReviewResponse {
  uid: string;
  allowed: boolean;
  status?: { code: number; message: string };
  patchType?: 'JSONPatch';
  patch?: string;
  warnings?: string[];
}

/**
 * Returns the answer to AdmissionReviews of Services: makes the host Service first, so that the virtual one has the
 * host's address from its first moment. Has no effect on a dry run. What it lets pass unchanged (a generated name, the host
 * out of reach) the engine puts right. What the host refuses for good is refused here in the host's words.
 */
export function createServiceAdmission({
  host,
  translator,
  log,
}: {
  host: KubeClient;
  translator: Translator;
  log: Logger;
}): (review: unknown) => Promise<unknown> {
  async function respond(request: ReviewRequest): Promise<ReviewResponse> {
    const pass = { uid: request.uid, allowed: true };
    const service = request.object && inNamespace(request.object, request.namespace);
    if (!service || request.dryRun || !wantsAddress(service) || !isNew(request)) return pass;
    try {
      const made = await makeHostService(host, translator, service);
      return { ...pass, patchType: 'JSONPatch', patch: patchFor(service, made) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof ConnectionError || isBusy(error)) {
        log.warn({ virtual: `${request.namespace}/${service.metadata.name}`, reason: message }, 'no host address yet');
        return { ...pass, warnings: ['the host does not answer: the Service gets its address later'] };
      }
      if (!(error instanceof StatusError)) throw error;
      return { uid: request.uid, allowed: false, status: { code: error.code, message: `host: ${message}` } };
    }
  }

  return async (review) => {
    const request: unknown = Reflect.get(Object(review), 'request');
    if (typeof request !== 'object' || request === null) throw new Error('not an AdmissionReview: it has no request');
    const response = await respond(request as ReviewRequest);
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
  };
}

function inNamespace(service: Service, namespace: string | undefined): Service {
  return { ...service, metadata: { ...service.metadata, ...(namespace ? { namespace } : {}) } };
}

function wantsAddress({ metadata, spec }: Service): boolean {
  return Boolean(metadata.name) && spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None';
}

/** A new Service, or one that was an external name and had no address. */
function isNew({ operation, oldObject }: ReviewRequest): boolean {
  return operation === 'CREATE' || (operation === 'UPDATE' && oldObject?.spec?.type === 'ExternalName');
}

/** Makes the host Service, or takes the one that an earlier try made. Its owner UID follows when the virtual Service has one. */
export async function makeHostService(host: KubeClient, translator: Translator, service: Service): Promise<Service> {
  const object = toHostService(service, translator);
  const { [marks.ownerUid]: _, ...annotations } = object.metadata.annotations ?? {};
  const desired = { ...object, metadata: { ...object.metadata, annotations } };
  // The API server asks for the first address of the range, which on the host is that of the host's own API server.
  const isApiServer = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';
  const wanted = isApiServer ? (withoutAddress(desired, 'clusterIP') ?? desired) : desired;
  try {
    return await host.create(resources.services, wanted);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const ref = { resource: resources.services, namespace: wanted.metadata.namespace, name: wanted.metadata.name };
  const existing = await host.get<Service>(ref);
  const owner = translator.ownerOf(existing, 'Service');
  if (!owner) throw takenBy(existing);
  if (owner.uid === undefined || service.metadata.uid === owner.uid) return existing;
  // It belongs to a Service of the same name that has been deleted: the new one starts afresh.
  await ifFound(host.delete(ref, { uid: existing.metadata.uid }));
  return await host.create(resources.services, wanted);
}

function takenBy({ metadata: { namespace, name } }: KubeObject): StatusError {
  return new StatusError(409, { message: `Service ${namespace}/${name} exists and is not managed by k3v` });
}

function patchFor(service: Service, host: Service): string {
  const { spec } = withHostAddress(service, host);
  const operations = Object.entries(spec ?? {})
    .filter(([field, value]) => value !== undefined && !equal(value, Reflect.get(Object(service.spec), field)))
    .map(([field, value]) => ({ op: 'add', path: `/spec/${field}`, value }));
  return Buffer.from(JSON.stringify(operations)).toString('base64');
}

/** Returns the registration of the answer at `url` with the virtual API server. */
export function webhookConfiguration(url: string, caPem: string): KubeObject & { webhooks: object[] } {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'k3v-services', labels: { [marks.managedLabel]: 'true' } },
    webhooks: [
      {
        name: 'services.k3v.io',
        clientConfig: { url, caBundle: Buffer.from(caPem).toString('base64') },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['services'],
            scope: 'Namespaced',
          },
        ],
        // Without an answer the Service is made with an address of its own, and the engine makes it anew.
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        sideEffects: 'NoneOnDryRun',
        reinvocationPolicy: 'Never',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}
