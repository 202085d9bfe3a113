import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiAccess } from './control-plane.ts';

const pollMs = 50;
const requestTimeoutMs = 5000;

/** Looks at nothing for its first second (wait.Poll in its storage_scheduling.go), and then finds what has been there since the first start. */
const lateCheck = 'poststarthook/scheduling/bootstrap-system-priority-classes';
/** The last that it makes. */
const madeByLateCheck = '/apis/scheduling.k8s.io/v1/priorityclasses/system-cluster-critical';

/** Resolves when the API server can do all that it will do once `/readyz` answers ok, which at any start but the first is a second earlier. Otherwise as `untilReadyz`. */
export async function untilServing(access: ApiAccess, signal: AbortSignal): Promise<void> {
  await untilOk(access, [`/readyz?exclude=${lateCheck}`, madeByLateCheck], signal);
}

/**
 * Resolves when `/readyz` of the API server answers ok. Asks as the user of `access`, since an API server may refuse
 * anonymous requests. Rejects only with the reason of `signal`.
 */
export async function untilReadyz(access: ApiAccess, signal: AbortSignal): Promise<void> {
  await untilOk(access, ['/readyz'], signal);
}

/** One after the other: what has answered ok is not asked again. */
async function untilOk(access: ApiAccess, paths: string[], signal: AbortSignal): Promise<void> {
  for (const path of paths) while (!(await isOk(access, path, signal))) await delay(pollMs, undefined, { signal });
}

function isOk(access: ApiAccess, path: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, access.server),
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
