import type { ApiPath } from './fake-api-path.ts';
import { kindOf } from './fake-api-path.ts';
import { statusBody } from './fake-api-faults.ts';
import { type FakeObjectStore, type StoredObject, now, storeKey } from './fake-object-store.ts';
import { applyMergePatch } from './merge-patch-apply.ts';

/** HTTP status and body of an answer. */
export interface Answer {
  code: number;
  body: object;
}

/** A write as it came in. */
export interface WriteRequest {
  path: ApiPath;
  query: URLSearchParams;
  contentType: string;
  body: Record<string, unknown>;
}

/** Kinds whose status can only be written through the subresource. */
const withStatus = ['pods', 'services', 'nodes', 'namespaces', 'persistentvolumeclaims', 'persistentvolumes'];

/** Says no with a Status body; thrown by the writes below. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(code: number, reason: string, message: string) {
    super(message);
    this.answer = { code, body: statusBody(code, reason, message) };
  }
}

/** Creates the object in `request.body`; answers 409 AlreadyExists if its name is taken. */
export function create(store: FakeObjectStore, { path, query, body }: WriteRequest): Answer {
  const incoming = body as unknown as StoredObject & { metadata: { generateName?: string } };
  const { generateName } = incoming.metadata;
  const name = incoming.metadata.name ?? `${generateName}${Math.random().toString(36).slice(2, 7)}`;
  const metadata = { ...incoming.metadata, name, ...(path.namespace ? { namespace: path.namespace } : {}) };
  if (store.get(path, storeKey(path.namespace, name))) throw exists(path, name);
  if (metadata.resourceVersion)
    throw new Refusal(400, 'BadRequest', 'resourceVersion should not be set on objects to be created');
  const { status: _, ...rest } = incoming;
  const own = withStatus.includes(path.plural) ? { ...rest, status: firstStatus(path.plural) } : incoming;
  const object = {
    ...own,
    ...typeOf(path, incoming),
    metadata: { ...metadata, uid: undefined, creationTimestamp: undefined },
  };
  return { code: 201, body: write(store, path, query, object) };
}

/** Replaces the object, or its status alone for that subresource. */
export function update(store: FakeObjectStore, { path, query, body }: WriteRequest): Answer {
  const current = existing(store, path);
  return { code: 200, body: change(store, path, query, current, body as unknown as StoredObject) };
}

/**
 * Patches the object. A strategic patch is taken for a merge patch: maps such as labels come out right, lists are
 * replaced instead of merged by key. JSON patches are not known (415).
 */
export function patch(store: FakeObjectStore, { path, query, contentType, body }: WriteRequest): Answer {
  if (!/(strategic-)?merge-patch/.test(contentType)) throw new Refusal(415, 'UnsupportedMediaType', contentType);
  const current = existing(store, path);
  const metadata = body['metadata'] as { resourceVersion?: string } | undefined;
  const unconditional = metadata?.resourceVersion === undefined;
  const patched = applyMergePatch(current, body) as StoredObject;
  if (unconditional) patched.metadata.resourceVersion = undefined;
  return { code: 200, body: change(store, path, query, current, patched) };
}

/** Binds a pod to a node (POST pods/<name>/binding); answers 409 if it has one. */
export function bind(store: FakeObjectStore, { path, query, body }: WriteRequest): Answer {
  const pod = existing(store, path);
  const { name: nodeName } = body['target'] as { name: string };
  if (pod.spec?.['nodeName']) throw conflict(path, `pod ${path.name} is already assigned to a node`);
  const conditions = [{ type: 'PodScheduled', status: 'True' }];
  write(store, path, query, { ...pod, spec: { ...pod.spec, nodeName }, status: { ...pod.status, conditions } });
  return { code: 201, body: statusBody(201) };
}

/**
 * Deletes the object: preconditions first; then a pod on a node gets its grace period (the one asked for, else its
 * own, else 30 s; the test plays kubelet and deletes with 0), an object with finalizers a deletionTimestamp; all else goes at once.
 */
export function remove(store: FakeObjectStore, { path, query, body }: WriteRequest): Answer {
  const current = existing(store, path);
  const { uid, resourceVersion } = (body['preconditions'] ?? {}) as { uid?: string; resourceVersion?: string };
  const { metadata, spec, status } = current;
  if (uid && uid !== metadata.uid) throw conflict(path, `Precondition failed: UID in precondition: ${uid}`);
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw conflict(path, 'Precondition failed: resourceVersion');
  const running = path.plural === 'pods' && spec?.['nodeName'] && !/Succeeded|Failed/.test(String(status?.['phase']));
  const asked = body['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds');
  const graceSeconds = running ? Number(asked ?? spec['terminationGracePeriodSeconds'] ?? 30) : 0;
  const waits = graceSeconds > 0 || (metadata.finalizers ?? []).length > 0;
  if (query.has('dryRun')) return { code: 200, body: current };
  if (!waits) return { code: 200, body: store.delete(path, storeKey(path.namespace, metadata.name)) ?? current };
  if (metadata.deletionTimestamp && graceSeconds >= (metadata.deletionGracePeriodSeconds ?? 0))
    return { code: 200, body: current };
  const marks = { deletionTimestamp: now(graceSeconds), deletionGracePeriodSeconds: graceSeconds };
  return { code: 200, body: store.put(path, { ...current, metadata: { ...metadata, ...marks } }) };
}

/** Returns the object that `path` names; answers 404 if there is none. */
export function existing(store: FakeObjectStore, path: ApiPath): StoredObject {
  const found = store.get<StoredObject>(path, storeKey(path.namespace, path.name ?? ''));
  if (!found) throw new Refusal(404, 'NotFound', `${path.plural} "${path.name}" not found`);
  return found;
}

function change(
  store: FakeObjectStore,
  path: ApiPath,
  query: URLSearchParams,
  current: StoredObject,
  wanted: StoredObject,
) {
  const { resourceVersion, uid } = wanted.metadata;
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(
      path,
      `Operation cannot be fulfilled on ${path.plural} "${path.name}": the object has been modified`,
    );
  if (uid && uid !== current.metadata.uid) throw conflict(path, `Precondition failed: UID in precondition: ${uid}`);
  const { deletionTimestamp, deletionGracePeriodSeconds } = current.metadata;
  const metadata = { ...wanted.metadata, deletionTimestamp, deletionGracePeriodSeconds };
  if (path.subresource === 'status') return write(store, path, query, { ...current, status: wanted.status });
  const status = withStatus.includes(path.plural) ? { status: current.status } : {};
  return write(store, path, query, { ...wanted, ...typeOf(path, current), metadata, ...status });
}

function write(store: FakeObjectStore, path: ApiPath, query: URLSearchParams, object: StoredObject): StoredObject {
  if (query.has('dryRun')) return object;
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  const written = store.put(path, object);
  // The last finalizer is gone and no kubelet is waited for: this is what the deletion waited for.
  if (!deletionTimestamp || deletionGracePeriodSeconds || (finalizers ?? []).length > 0) return written;
  return store.delete(path, storeKey(object.metadata.namespace, object.metadata.name)) ?? written;
}

function firstStatus(plural: string): Record<string, unknown> {
  const phase = { pods: 'Pending', namespaces: 'Active', persistentvolumeclaims: 'Pending' }[plural];
  return phase ? { phase } : {};
}

function typeOf(path: ApiPath, object: StoredObject): Pick<StoredObject, 'apiVersion' | 'kind'> {
  const apiVersion = path.group === '' ? path.version : `${path.group}/${path.version}`;
  return { apiVersion, kind: object.kind ?? kindOf(path) };
}

function exists(path: ApiPath, name: string): Refusal {
  return new Refusal(409, 'AlreadyExists', `${path.plural} "${name}" already exists`);
}

function conflict(path: ApiPath, message: string): Refusal {
  return new Refusal(409, 'Conflict', message || `${path.plural} "${path.name}" is in conflict`);
}
