import type { DeleteOptions, KubeClient, ListOptions, ObjectRef, PatchType, Turn, WriteOptions } from './client.ts';
import { ConnectionError, StatusError } from './errors.ts';
import { expectSuccess, readBody } from './http-answer.ts';
import { type Credentials, createHttpTransport } from './http-transport.ts';
import { jsonLines } from './json-lines.ts';
import { type RawClient, createRawClient } from './raw-request.ts';
import { type KubeObject, type Resource, apiVersionOf } from './types.ts';

const patchTypes: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  // JSON is YAML too.
  apply: 'application/apply-patch+yaml',
};

interface ListBody<T> {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: T[];
}

interface WatchLine {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: unknown;
}

/** A client that can also open streams. */
export interface StreamingKubeClient extends KubeClient {
  readonly raw: RawClient;
}

/**
 * Returns a client of the API server at `server`, for example `https://10.0.0.1:6443`. By `userAgent` an audit log and the managedFields of objects
 * name it; streams carry that of whoever asks for them.
 */
export function createKubeClient({
  server,
  credentials,
  userAgent,
}: {
  server: string;
  credentials: Credentials;
  userAgent?: string | undefined;
}): StreamingKubeClient {
  const named = userAgent === undefined ? {} : { 'user-agent': userAgent };
  const transport = createHttpTransport(server, credentials);
  const raw = createRawClient({ server, credentials });

  async function call(
    method: string,
    path: string,
    { body, type = 'application/json', signal, onTurn }: { body?: unknown; type?: string } & Turn = {},
  ): Promise<unknown> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await transport.send({
      method,
      path,
      signal,
      onSend: onTurn,
      headers: text === undefined ? named : { ...named, 'content-type': type },
      ...(text === undefined ? {} : { body: text }),
    });
    const json = await readBody(await expectSuccess(answer, signal), { signal });
    if (!(answer.headers['content-type'] ?? '').includes('json')) return json;
    return JSON.parse(json);
  }

  return {
    server,
    get: async <T extends KubeObject>(ref: ObjectRef, options: { signal?: AbortSignal } = {}) =>
      (await call('GET', pathOf(ref), options)) as T,
    async list<T extends KubeObject>(
      resource: Resource,
      options: ListOptions & { limit?: number; continue?: string; resourceVersion?: string; signal?: AbortSignal } = {},
    ) {
      const { namespace, signal, ...query } = options;
      const path = collectionPath(resource, namespace) + queryOf(query);
      const body = (await call('GET', path, { signal })) as ListBody<T>;
      const apiVersion = apiVersionOf(resource);
      return {
        resourceVersion: body.metadata?.resourceVersion ?? '',
        continue: body.metadata?.continue || undefined,
        items: (body.items ?? []).map((item) => ({ ...item, apiVersion, kind: resource.kind })),
      };
    },
    create: async <T extends KubeObject>(resource: Resource, object: T, options: WriteOptions = {}) =>
      (await call('POST', collectionPath(resource, object.metadata.namespace) + writeQuery(options), {
        body: object,
        signal: options.signal,
        onTurn: options.onTurn,
      })) as T,
    replace: async <T extends KubeObject>(resource: Resource, object: T, options: WriteOptions = {}) => {
      const { namespace, name } = object.metadata;
      const path = pathOf({ resource, namespace, name }, options.subresource) + writeQuery(options);
      return (await call('PUT', path, { body: object, signal: options.signal, onTurn: options.onTurn })) as T;
    },
    patch: async <T extends KubeObject>(ref: ObjectRef, type: PatchType, body: unknown, options: WriteOptions = {}) =>
      (await call('PATCH', pathOf(ref, options.subresource) + writeQuery(options), {
        body,
        type: patchTypes[type],
        signal: options.signal,
        onTurn: options.onTurn,
      })) as T,
    async delete(
      ref,
      { uid, resourceVersion, gracePeriodSeconds, propagationPolicy, signal, onTurn }: DeleteOptions = {},
    ) {
      const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        ...(propagationPolicy ? { propagationPolicy } : {}),
      };
      return await call('DELETE', pathOf(ref), { body, signal, onTurn });
    },
    async *watch<T extends KubeObject>(
      resource: Resource,
      options: ListOptions & { resourceVersion: string; timeoutSeconds: number; signal: AbortSignal },
    ) {
      const { namespace, signal, ...query } = options;
      const path = collectionPath(resource, namespace) + queryOf({ ...query, watch: true, allowWatchBookmarks: true });
      const answer = await expectSuccess(await transport.send({ method: 'GET', path, headers: named, signal }), signal);
      try {
        for await (const line of jsonLines(answer)) {
          const { type, object } = line as WatchLine;
          if (type === 'ERROR') throw new StatusError(Number(Reflect.get(Object(object), 'code') ?? 500), object);
          yield { type, object: object as T };
        }
      } catch (error) {
        if (error instanceof StatusError) throw error;
        signal.throwIfAborted();
        throw new ConnectionError(`${server}: the watch of ${resource.plural} broke off`, { cause: error });
      } finally {
        answer.destroy();
      }
    },
    request: call,
    raw,
    close() {
      transport.close();
      raw.close();
    },
  };
}

function collectionPath(resource: Resource, namespace: string | undefined): string {
  const base = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${scope}/${resource.plural}`;
}

function pathOf({ resource, namespace, name }: ObjectRef, subresource?: string): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

function queryOf(options: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(options)) if (value !== undefined) query.set(key, `${value}`);
  return query.size > 0 ? `?${query.toString()}` : '';
}

function writeQuery({ dryRun, fieldManager, force }: WriteOptions): string {
  return queryOf({ dryRun: dryRun ? 'All' : undefined, fieldManager, force });
}
