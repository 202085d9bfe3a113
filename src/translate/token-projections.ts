import type { Pod } from '../kube/types.ts';
import type { Translator } from './translator.ts';

/** The kind in the host name and the owner mark of a token Secret: no Secret of the tenant can have that name. */
export const tokenSecretKind = 'ServiceAccountToken';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** One service-account token that a pod wants as a file. */
export interface TokenProjection {
  volume: string;
  /** Where it stands in the pod's token Secret. */
  key: string;
  /** Undefined: the audience of the API server itself. */
  audience: string | undefined;
  expirationSeconds: number;
}

/** What the API server puts in where a pod names none (SetDefaults_ServiceAccountTokenProjection). */
const defaultExpirationSeconds = 3600;

/** Returns the service-account tokens that `pod` wants, in the order of its volumes. */
export function tokenProjections({ spec }: Pod): TokenProjection[] {
  return (spec?.volumes ?? []).flatMap(({ name: volume, projected }) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken: token }, index) =>
      token
        ? [
            {
              volume,
              key: tokenKey(volume, index),
              audience: token.audience || undefined,
              expirationSeconds: token.expirationSeconds ?? defaultExpirationSeconds,
            },
          ]
        : [],
    ),
  );
}

/** Returns the name of the host Secret with the tokens of the virtual `pod`. */
export function tokenSecretName({ metadata }: Pod, translator: Translator): string {
  return translator.hostName(tokenSecretKind, metadata.namespace ?? '', metadata.name);
}

/**
 * Makes every token projection of a host pod's `volumes` take its token from the Secret `secretName`. A token of the host's issuer
 * would mean nothing to the virtual API server and must not reach the tenant. Changes `volumes`.
 */
export function takeTokensFromSecret(volumes: Volume[], secretName: string, fsGroup: number | undefined): void {
  for (const { name, projected } of volumes) {
    if (!projected?.sources) continue;
    projected.sources = projected.sources.map((source, index): Source => {
      const { serviceAccountToken: token } = source;
      if (!token) return source;
      // The kubelet's rule for tokens: with fsGroup they are for that group, not for everyone.
      const mode = fsGroup === undefined ? {} : { mode: 0o600 };
      return { secret: { name: secretName, items: [{ key: tokenKey(name, index), path: token.path, ...mode }] } };
    });
  }
}

/** A volume's name has no dot in it, so that no two projections share a key. */
function tokenKey(volume: string, source: number): string {
  return `${volume}.${source}`;
}
