import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';

/** Which requests a fault meets; what is left out matches everything. */
interface FaultMatch {
  verb?: Verb;
  plural?: string;
  name?: string;
  /** Only requests with a continue token (true), or only those without one (false). */
  continued?: boolean;
}

export type Verb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete' | 'other';

/**
 * What goes wrong:
 * `status` answers with that HTTP status and a Status body; `retryAfter` is sent as the header of that name.
 * `event` accepts a watch and sends one ERROR line with that code.
 * `cut` closes the connection before an answer, or after `afterBytes` (1 or more) of the body.
 * `stall` sends the headers and `afterBytes` (default 0) of the body, and then nothing, for ever: of a watch the events go missing.
 * `mute` never answers at all.
 * `slow` waits that long and then answers as usual.
 * `end` accepts a watch and ends it in good order at once.
 */
export type Fault =
  | { kind: 'status'; code: number; reason?: string; message?: string; retryAfter?: string }
  | { kind: 'event'; code: number; reason?: string }
  | { kind: 'cut'; afterBytes?: number }
  | { kind: 'stall'; afterBytes?: number }
  | { kind: 'mute' }
  | { kind: 'slow'; ms: number }
  | { kind: 'end' };

/** The faults still to happen. */
export interface Faults {
  /** Lets the next `times` (default 1) requests that match meet `fault`. Faults are used up in the order they were added. */
  add(match: FaultMatch, fault: Fault, times?: number): void;
  take(request: FaultRequest): Fault | undefined;
  clear(): void;
  readonly left: number;
}

interface FaultRequest {
  verb: Verb;
  plural: string | undefined;
  name: string | undefined;
  continued: boolean;
}

/** Returns an empty list of faults. */
export function createFaults(): Faults {
  let planned: { match: FaultMatch; fault: Fault; left: number }[] = [];
  return {
    add: (match, fault, times = 1) => void planned.push({ match, fault, left: times }),
    take(request) {
      const hit = planned.find(({ match, left }) => {
        const wanted = Object.entries(match);
        return left > 0 && wanted.every(([field, value]) => Reflect.get(request, field) === value);
      });
      if (hit) hit.left -= 1;
      return hit?.fault;
    },
    clear: () => void (planned = []),
    get left() {
      return planned.reduce((sum, { left }) => sum + left, 0);
    },
  };
}

/** Returns a Status object as API servers answer with. */
export function statusBody(code: number, reason = '', message = `fault ${code}`): object {
  const status = code < 400 ? 'Success' : 'Failure';
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status, code, reason, message };
}

/** Lets `fault` happen to `response`; resolves with whether the request is to be answered as usual after all. */
export async function happen(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status': {
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      response.writeHead(fault.code, { 'content-type': 'application/json', ...retry });
      response.end(JSON.stringify(statusBody(fault.code, fault.reason, fault.message)));
      return false;
    }
    case 'event': {
      const object = statusBody(fault.code, fault.reason);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return false;
    }
    case 'slow':
      await sleep(fault.ms);
      return true;
    case 'end':
      response.writeHead(200, { 'content-type': 'application/json' }).end();
      return false;
    case 'mute':
      return false;
    case 'cut':
      if (fault.afterBytes === undefined) response.destroy();
      else breakAfter(response, fault.afterBytes, () => response.destroy());
      return fault.afterBytes !== undefined;
    case 'stall':
      breakAfter(response, fault.afterBytes ?? 0, () => undefined);
      return true;
  }
}

/** Lets only the next `bytes` of the body pass, then calls `broken` and swallows the rest and the end. */
function breakAfter(response: ServerResponse, bytes: number, broken: () => void): void {
  let left = bytes;
  const write = response.write.bind(response);
  const pass = (chunk: unknown) => {
    if (left <= 0) return true;
    const whole = Buffer.from(String(chunk));
    const part = whole.subarray(0, left);
    left -= part.length;
    write(part, () => {
      if (left <= 0) broken();
    });
    return true;
  };
  response.write = pass;
  response.end = (chunk?: unknown) => {
    if (chunk !== undefined) pass(chunk);
    return response;
  };
}
