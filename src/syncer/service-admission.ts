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
  isOfEndingNamespace,
  isUnauthorized,
} from '../kube/errors.ts';
import { type KubeObject, type Service, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { wordsAbout } from '../translate/object-words.ts';
import { marks, type Translator } from '../translate/translator.ts';
import { isApiServerService } from './api-server-service.ts';
import { NotYet } from './not-yet.ts';
import { servicePatch } from './kinds/service-changes.ts';
import { externalIpsRefusal, toHostService, withHostAddress } from './kinds/services.ts';
import { QuotaExceeded } from './quota-exceeded.ts';

interface ReviewRequest {
  uid: string;
  operation: string;
  dryRun?: boolean;
  namespace?: string;
  object?: Service;
  oldObject?: Service | null;
}

/** A request may stand between its address and its Service for this long. */
const underWayMs = 2_000;

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
  virtual,
  translator,
  log,
}: {
  host: KubeClient;
  virtual: KubeClient;
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
        const { oldObject } = request;
        if (oldObject && !equal(service.spec, oldObject.spec)) await tryUpdate(host, translator, service, oldObject);
        return pass;
      }
      if (!wantsAddress(service) || (await stands(service))) return pass;
      const { dryRun = false } = request;
      const made = await makeHostService(host, translator, service, { dryRun, isSpoilt: holdsOn });
      return request.dryRun ? pass : { ...pass, patchType: 'JSONPatch', patch: patchFor(service, made) };
    } catch (error) {
      const words = wordsAbout(resources.services.kind, service, translator);
      const message = words(error instanceof Error ? error.message : String(error));
      if (isOutOfReach(error) || isAlreadyExists(error)) {
        log.warn({ virtual: `${request.namespace}/${service.metadata.name}`, reason: message }, 'no host address yet');
        const why = isAlreadyExists(error) ? 'still removes a Service of this name' : 'does not answer';
        return { ...pass, warnings: [`the host ${why}: the Service gets its address there later`] };
      }
      if (error instanceof QuotaExceeded) {
        return { uid: request.uid, allowed: false, status: { code: 403, message: error.message } };
      }
      // Made by the engine of the one that leads, after this.
      if (error instanceof NotYet) return pass;
      if (!(error instanceof StatusError)) throw error;
      return { uid: request.uid, allowed: false, status: { code: error.code, message: `host: ${message}` } };
    }
  }

  /** One of that name is there: the API server is going to refuse this one, and the host Service is not its to take, or to remove. */
  async function stands({ metadata: { namespace, name } }: Service): Promise<boolean> {
    return (await ifFound(virtual.get({ resource: resources.services, namespace, name }))) !== undefined;
  }

  /**
   * Whether the API server would refuse the address of `left`: it was ended after it had given the address to the try of which `left` is, and
   * before it had stored that Service. It takes such an address back after a minute or more.
   */
  async function holdsOn({ spec }: Service): Promise<boolean> {
    const found = await Promise.all(
      (spec?.clusterIPs ?? [spec?.clusterIP ?? '']).map(
        async (name) => name && (await ifFound(virtual.get({ resource: resources.ipAddresses, name }))),
      ),
    );
    return found.some((held) => held && Date.now() - Date.parse(held.metadata.creationTimestamp ?? '') > underWayMs);
  }

  return async (review) => {
    const request: unknown = Reflect.get(Object(review), 'request');
    if (typeof request !== 'object' || request === null) throw new Error('not an AdmissionReview: it has no request');
    const response = await respond(request as ReviewRequest);
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
  };
}

/** The host says nothing of this Service: it is away, refuses k3v's credentials until there are new ones, or its namespace is gone or going. */
function isOutOfReach(error: unknown): boolean {
  return (
    error instanceof ConnectionError ||
    isBusy(error) ||
    isUnauthorized(error) ||
    isNotFound(error) ||
    isOfEndingNamespace(error)
  );
}

function inNamespace(service: Service, namespace: string | undefined): Service {
  return { ...service, metadata: { ...service.metadata, ...(namespace ? { namespace } : {}) } };
}

function wantsAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None';
}

/** Asks the host, without effect, whether it would take what `old` becomes. Rejects with its refusal. */
async function tryUpdate(host: KubeClient, translator: Translator, service: Service, old: Service): Promise<void> {
  const desired = toHostService(service, translator);
  const ref = { resource: resources.services, namespace: desired.metadata.namespace, name: desired.metadata.name };
  const existing = await ifFound(host.get<Service>(ref));
  // That of an earlier Service of this name, or of this one as it was before, says nothing of the change: the engine is about to replace it.
  const owner = existing && translator.ownerOf(existing, 'Service');
  if (!owner || existing.spec?.clusterIP !== old.spec?.clusterIP) return;
  if (owner.uid !== undefined && owner.uid !== service.metadata.uid) return;
  const patch = servicePatch(desired, existing);
  if (!patch) return;
  await host.patch(ref, 'strategic', patch, { dryRun: true }).catch((error: unknown) => {
    // Who else writes to it meanwhile, or removes it, is the engine's affair.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  });
}

/**
 * Makes the host Service, or takes the one that an earlier try made, unless that `isSpoilt`. Its owner UID follows when the virtual Service
 * has one.
 */
export async function makeHostService(
  host: KubeClient,
  translator: Translator,
  service: Service,
  { dryRun = false, isSpoilt }: { dryRun?: boolean; isSpoilt?: (left: Service) => Promise<boolean> } = {},
): Promise<Service> {
  const object = toHostService(service, translator);
  const { [marks.ownerUid]: _, ...annotations } = object.metadata.annotations ?? {};
  const desired = { ...object, metadata: { ...object.metadata, annotations } };
  // The API server asks for the first address of the range, which on the host is that of the host's own API server.
  const isApiServer = isApiServerService(service.metadata);
  const wanted = isApiServer ? withoutAddress(desired) : desired;
  const ref = { resource: resources.services, namespace: wanted.metadata.namespace, name: wanted.metadata.name };
  let refusal: unknown;
  try {
    return await host.create(resources.services, wanted, { dryRun });
  } catch (error) {
    // An API server looks for the address before the name: of an earlier try it says that its address is taken.
    if (!isAlreadyExists(error) && !isInvalid(error)) throw error;
    refusal = error;
  }
  const existing = await ifFound(host.get<Service>(ref));
  if (!existing) throw refusal;
  const owner = translator.ownerByMarks(existing, 'Service');
  if (!owner) throw takenBy(existing);
  if (dryRun || isApiServer || (owner.uid !== undefined && service.metadata.uid === owner.uid)) return existing;
  const isFree = owner.uid === undefined && hasAddressOf(wanted, existing);
  if (isFree && (wanted.spec?.clusterIP || !(await isSpoilt?.(existing)))) return existing;
  // It belongs to a Service of the same name that has been deleted, or never came to be: the new one starts afresh.
  await ifFound(host.delete(ref, { uid: existing.metadata.uid }));
  return await host.create(resources.services, wanted);
}

/** Whether `existing` has the address that is asked for, or any if any will do. */
function hasAddressOf({ spec: wanted }: Service, { spec: existing }: Service): boolean {
  return wanted?.clusterIP ? wanted.clusterIP === existing?.clusterIP : existing?.clusterIP !== 'None';
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
