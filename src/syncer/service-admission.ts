import equal from 'fast-deep-equal';
import type { KubeClient } from '../kube/client.ts';
import {
  ConnectionError,
  StatusError,
  ifFound,
  isAlreadyExists,
  isBusy,
  isConflict,
  isInvalid,
  isNotFound,
} from '../kube/errors.ts';
import { type KubeObject, type Service, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { wordsAbout } from '../translate/object-words.ts';
import { marks, type Translator } from '../translate/translator.ts';
import { servicePatch } from './kinds/service-changes.ts';
import { externalIpsRefusal, toHostService, withHostAddress } from './kinds/services.ts';

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
 * host's address and node ports from its first moment. A change is only tried on the host, by a dry run, as is everything on a dry run. What it lets
 * pass unchanged (a generated name, the host out of reach) the engine puts right. What the host refuses is refused here in the host's words.
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
    const service = request.object && inNamespace(request.object, request.namespace);
    const warnings = service?.spec?.externalIPs?.length ? { warnings: [externalIpsRefusal] } : {};
    const pass = { uid: request.uid, allowed: true, ...warnings };
    if (!service?.metadata.name) return pass;
    try {
      if (request.operation === 'UPDATE') {
        if (!equal(service.spec, request.oldObject?.spec)) await tryUpdate(host, translator, service);
        return pass;
      }
      if (!wantsAddress(service)) return pass;
      const made = await makeHostService(host, translator, service, { dryRun: request.dryRun ?? false });
      return request.dryRun ? pass : { ...pass, patchType: 'JSONPatch', patch: patchFor(service, made) };
    } catch (error) {
      const words = wordsAbout(resources.services.kind, service, translator);
      const message = words(error instanceof Error ? error.message : String(error));
      if (error instanceof ConnectionError || isBusy(error) || isAlreadyExists(error)) {
        log.warn({ virtual: `${request.namespace}/${service.metadata.name}`, reason: message }, 'no host address yet');
        const why = isAlreadyExists(error) ? 'still removes a Service of this name' : 'does not answer';
        return { ...pass, warnings: [`the host ${why}: the Service gets its address there later`] };
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

function wantsAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None';
}

/** Asks the host, without effect, whether it would take what `service` has become. Rejects with its refusal. */
async function tryUpdate(host: KubeClient, translator: Translator, service: Service): Promise<void> {
  const desired = toHostService(service, translator);
  const ref = { resource: resources.services, namespace: desired.metadata.namespace, name: desired.metadata.name };
  const existing = await ifFound(host.get<Service>(ref));
  const patch = existing && translator.ownerOf(existing, 'Service') && servicePatch(desired, existing);
  if (!patch) return;
  await host.patch(ref, 'strategic', patch, { dryRun: true }).catch((error: unknown) => {
    // Who else writes to it meanwhile, or removes it, is the engine's affair.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  });
}

/** Makes the host Service, or takes the one that an earlier try made. Its owner UID follows when the virtual Service has one. */
export async function makeHostService(
  host: KubeClient,
  translator: Translator,
  service: Service,
  options: { dryRun?: boolean } = {},
): Promise<Service> {
  const object = toHostService(service, translator);
  const { [marks.ownerUid]: _, ...annotations } = object.metadata.annotations ?? {};
  const desired = { ...object, metadata: { ...object.metadata, annotations } };
  // The API server asks for the first address of the range, which on the host is that of the host's own API server.
  const isApiServer = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';
  const wanted = isApiServer ? withoutAddress(desired) : desired;
  const ref = { resource: resources.services, namespace: wanted.metadata.namespace, name: wanted.metadata.name };
  let refusal: unknown;
  try {
    return await host.create(resources.services, wanted, options);
  } catch (error) {
    // An API server looks for the address before the name: of an earlier try it says that its address is taken.
    if (!isAlreadyExists(error) && !isInvalid(error)) throw error;
    refusal = error;
  }
  const existing = await ifFound(host.get<Service>(ref));
  if (!existing) throw refusal;
  const owner = translator.ownerOf(existing, 'Service');
  if (!owner) throw takenBy(existing);
  const isFree = owner.uid === undefined && hasAddressOf(wanted, existing);
  if (options.dryRun || isFree || (owner.uid !== undefined && service.metadata.uid === owner.uid)) return existing;
  // It belongs to a Service of the same name that has been deleted, or never came to be: the new one starts afresh.
  await ifFound(host.delete(ref, { uid: existing.metadata.uid }));
  return await host.create(resources.services, wanted);
}

/** Whether `existing` has the address that is asked for, if one is. */
function hasAddressOf({ spec: wanted }: Service, { spec: existing }: Service): boolean {
  return !wanted?.clusterIP || wanted.clusterIP === existing?.clusterIP;
}

function withoutAddress(service: Service): Service {
  const { clusterIP: _, clusterIPs: __, ...spec } = service.spec ?? {};
  return { ...service, spec };
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
        // As the API server writes what is not there: a registration must be what it is asked to be, lest nobody could tell that it was changed.
        namespaceSelector: {},
        objectSelector: {},
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
