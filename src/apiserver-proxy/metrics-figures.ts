import { StatusError, isForbidden } from '../kube/errors.ts';
import type { NodeMetrics, PodMetrics } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { createRepetitionFilter } from './repetition-filter.ts';

/** What the containers of one pod used. */
export type PodFigures = Pick<PodMetrics, 'timestamp' | 'window' | 'containers'>;
/** What one node used. */
export type NodeFigures = Pick<NodeMetrics, 'timestamp' | 'window' | 'usage'>;

/** Reads the figures of all that there is, by the key of the virtual object. Rejects if they cannot be had. */
export type ReadFigures<T> = () => Promise<ReadonlyMap<string, T>>;

/** Figures are taken every 10 to 15 s; many autoscalers ask at the same time. */
const freshMs = 3_000;

/**
 * Returns a reader that takes the first of `sources`, the best ones first, that answers, anew for each question, but for what was read just before. Rejects with
 * StatusError: 403 if the host forbids all of them, else 503. `what` is the plural, for messages.
 */
export function firstFigures<T>(
  sources: readonly ReadFigures<T>[],
  { what, log, now = () => performance.now() }: { what: string; log: Logger; now?: () => number },
): ReadFigures<T> {
  const isNews = createRepetitionFilter();
  let kept: { answer: Promise<ReadonlyMap<string, T>>; until: number } | undefined;

  async function read(): Promise<ReadonlyMap<string, T>> {
    let forbids = true;
    for (const source of sources) {
      try {
        return await source();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log[isNews(reason) ? 'warn' : 'debug']({ what, reason }, 'no figures from the host');
        forbids &&= isForbidden(error);
      }
    }
    throw forbids ? forbidden(what) : unavailable(what);
  }

  return async () => {
    if (kept && now() < kept.until) return await kept.answer;
    // Whoever asks while this is on its way shares it.
    const asked = { answer: read(), until: Infinity };
    kept = asked;
    try {
      const answer = await asked.answer;
      asked.until = now() + freshMs;
      return answer;
    } catch (error) {
      if (kept === asked) kept = undefined;
      throw error;
    }
  };
}

function forbidden(what: string): StatusError {
  const message = `${what}.metrics.k8s.io is forbidden: k3v cannot list resource "${what}" in API group "metrics.k8s.io" on the host`;
  return new StatusError(403, { reason: 'Forbidden', message });
}

function unavailable(what: string): StatusError {
  const message = `the host cluster does not answer with the metrics of ${what}`;
  return new StatusError(503, { reason: 'ServiceUnavailable', message });
}
