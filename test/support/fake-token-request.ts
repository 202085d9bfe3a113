import { randomUUID } from 'node:crypto';
import { resources } from '../../src/kube/types.ts';
import type { FakeObjectStore } from './fake-object-store.ts';
import { storeKey } from './fake-object-store.ts';
import { type Answer, Refusal, type WriteRequest, existing } from './fake-object-writes.ts';

interface TokenSpec {
  audiences: string[];
  expirationSeconds: number;
  boundObjectRef: { name: string; uid: string };
}

const ownAudience = 'https://kubernetes.default.svc';
/** What the API server's admission asks for in `kube-api-access` volumes; such tokens live a year but are to be renewed after this. */
const extendedSeconds = 3607;
const yearSeconds = 365 * 24 * 60 * 60;

/** Answers a TokenRequest with an unsigned token; like a real one answers 404 without its service account or pod, and 409 for another pod's UID. */
export function issueToken(store: FakeObjectStore, { path, body }: WriteRequest, nowMs: number): Answer {
  existing(store, path);
  const { audiences, expirationSeconds, boundObjectRef } = body['spec'] as TokenSpec;
  const pod = store.get(resources.pods, storeKey(path.namespace, boundObjectRef.name));
  if (!pod) throw new Refusal(404, 'NotFound', `pods "${boundObjectRef.name}" not found`);
  if (pod.metadata.uid !== boundObjectRef.uid)
    throw new Refusal(409, 'Conflict', 'the UID in the bound object reference');
  const issuedAt = Math.floor(nowMs / 1000);
  const isExtended = expirationSeconds === extendedSeconds && audiences.length === 0;
  const claims = {
    aud: audiences.length > 0 ? audiences : [ownAudience],
    iat: issuedAt,
    exp: issuedAt + (isExtended ? yearSeconds : expirationSeconds),
    jti: randomUUID(),
    sub: `system:serviceaccount:${path.namespace}:${path.name}`,
    'kubernetes.io': {
      namespace: path.namespace,
      pod: { name: pod.metadata.name, uid: pod.metadata.uid },
      serviceaccount: { name: path.name },
      ...(isExtended ? { warnafter: issuedAt + expirationSeconds } : {}),
    },
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part(claims)}.`;
  const expirationTimestamp = new Date((issuedAt + expirationSeconds) * 1000).toISOString();
  return { code: 201, body: { ...body, metadata: {}, status: { token, expirationTimestamp } } };
}
