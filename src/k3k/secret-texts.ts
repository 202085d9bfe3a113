import type { KeyPair } from '../control-plane/certificates.ts';
import type { Secret } from '../kube/types.ts';
import type { Cluster } from './types.ts';
import { owned } from './objects/owned.ts';

/** Returns the text under `key`, undefined if there is none. */
export function textIn(secret: Secret | undefined, key: string): string | undefined {
  const encoded = secret?.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

/** Returns the pair under `<base>.crt` and `<base>.key`, undefined if one of them is missing. */
export function pairIn(secret: Secret | undefined, base: string): KeyPair | undefined {
  const [certPem, keyPem] = [textIn(secret, `${base}.crt`), textIn(secret, `${base}.key`)];
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

/** Returns pairs by their bases as the texts of a Secret. */
export function textsOfPairs(pairs: Record<string, KeyPair>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([base, { certPem, keyPem }]) => [
      [`${base}.crt`, certPem],
      [`${base}.key`, keyPem],
    ]),
  );
}

/** Returns the Secret `name` of `cluster` with these texts. */
export function secretOfTexts(cluster: Cluster, name: string, texts: Record<string, string>): Secret {
  const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: owned(cluster, name),
    type: 'Opaque',
    data: Object.fromEntries(encoded),
  };
}

/** Returns `found`, which was made before, as it is to be: with the marks of `cluster` and without what the API server adds. */
export function asMade(cluster: Cluster, found: Secret): Secret {
  const { type = 'Opaque', data = {} } = found;
  return { apiVersion: 'v1', kind: 'Secret', metadata: owned(cluster, found.metadata.name), type, data };
}
