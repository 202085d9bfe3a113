import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiAccess } from './control-plane.ts';

const pollMs = 50;
const requestTimeoutMs = 5000;

/**
 * Resolves when `/readyz` of the API server answers ok. Asks as the user of `access`, since an API server may refuse
 * anonymous requests. Rejects only with the reason of `signal`.
 */
export async function untilReadyz(access: ApiAccess, signal: AbortSignal): Promise<void> {
  while (!(await isReady(access, signal))) await delay(pollMs, undefined, { signal });
}

function isReady(access: ApiAccess, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL('/readyz', access.server),
      { ca: access.caPem, cert: access.certPem, key: access.keyPem, agent: false, timeout: requestTimeoutMs, signal },
      (response) => {
        response.resume();
        response.on('error', () => resolve(false));
        response.on('end', () => resolve(response.statusCode === 200));
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => (signal.aborted ? reject(signal.reason) : resolve(false)));
    asked.end();
  });
}
