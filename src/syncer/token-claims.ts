const dayMs = 24 * 60 * 60_000;
const renewAfterShare = 0.8;

/** What a service-account token says about itself (its signature is not looked at). */
export interface TokenClaims {
  /** The UID of the pod that it is bound to. */
  podUid: string | undefined;
  /** Epoch milliseconds, by the clock of the API server. */
  issuedAtMs: number;
  /** Epoch milliseconds from which on there should be a new one. */
  renewAtMs: number;
}

/**
 * Returns what `token`, a JWT of an API server, says, or undefined if it is none. It is to be renewed when 80 % of its life are over, or when it
 * is a day old (the kubelet's rule: token.Manager.requiresRefresh). Of a token for the API server's own audience whose life was extended to a
 * year for clients that do not read it anew, the asked-for life counts (`warnafter`).
 */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const claims = payloadOf(token);
  const kubernetes = Reflect.get(claims, 'kubernetes.io');
  const issuedAt: unknown = Reflect.get(claims, 'iat');
  const endsAt: unknown = Reflect.get(Object(kubernetes), 'warnafter') ?? Reflect.get(claims, 'exp');
  if (typeof issuedAt !== 'number' || typeof endsAt !== 'number') return undefined;
  const podUid: unknown = Reflect.get(Object(Reflect.get(Object(kubernetes), 'pod')), 'uid');
  const lifeMs = (endsAt - issuedAt) * 1000;
  return {
    podUid: typeof podUid === 'string' ? podUid : undefined,
    issuedAtMs: issuedAt * 1000,
    renewAtMs: issuedAt * 1000 + Math.min(lifeMs * renewAfterShare, dayMs),
  };
}

function payloadOf(token: string): object {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return Object(payload);
  } catch {
    // The parser's message would quote the token.
    return {};
  }
}
