import { setTimeout as delay } from 'node:timers/promises';
import type { K3vError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { childError } from './child-diagnosis.ts';
import { type ChildRun, type Death, startRun } from './child-run.ts';
import type { GuardedProcessOptions } from '../platform/platform.ts';
import { openRotatingLog } from './rotating-log.ts';
import { endStaleChild } from './stale-child.ts';

/** When and how often a child that died is started again. */
export interface RestartPolicy {
  /** Wait before the first restart; doubles with every quick death. Default 1000. */
  minDelayMs?: number;
  /** Default 30 000. */
  maxDelayMs?: number;
  /** A life shorter than this is a quick death. Default 10 000. */
  quickDeathMs?: number;
  /** So many quick deaths in a row and the child is given up. Default 5. */
  maxQuickDeaths?: number;
}

export interface ChildOptions extends GuardedProcessOptions {
  /** Stands in logs and errors, for example `kube-apiserver`. */
  name: string;
  /** Gets standard output and error; rotates at 10 MB, 3 files are kept. */
  logFile: string;
  /** Lets the next start find and end a child that was left behind. */
  pidFile: string;
  /** Resolves when the child does its work; gives up when the signal aborts. Called again after every restart. */
  ready: (signal: AbortSignal) => Promise<void>;
  /**
   * Returns the error that the last lines of standard error point to, if it is one that starting again does not help: it ends the first start at
   * once, and is what is told of a death.
   */
  explain?: (stderr: readonly string[]) => K3vError | undefined;
  /** Resolves when there is sense in starting it again after a death. Default: at once. */
  restartable?: (signal: AbortSignal) => Promise<void>;
  /** Called each time it is started again. */
  onRestart?: (() => void) | undefined;
  log: Logger;
  /** How long the first start may take until ready. Default 120 000. */
  readyTimeoutMs?: number;
  restart?: RestartPolicy;
}

/** A running program. States: ready (this object exists) ⇄ restarting → stopped, or `failed` rejects. */
export interface SupervisedChild {
  /** Undefined while the child is down. */
  pid(): number | undefined;
  /** Never resolves; rejects with K3vError `CONTROL_PLANE_FAILED` (or what the last words point to) when it is given up. */
  readonly failed: Promise<never>;
  /** SIGTERM, SIGKILL after 5 s; resolves when nothing of the child is left. */
  stop(): Promise<void>;
}

/**
 * Starts a program, resolves when it is ready, then keeps it alive until `stop()` or until `signal` aborts.
 * Rejects with K3vError `CONTROL_PLANE_FAILED`, `DATABASE_CORRUPT`, `DISK_FULL` or `PORT_IN_USE`, holding its last words, when it ends
 * before it is ready; with the signal's reason when that comes first. The program never outlives this process.
 */
export async function superviseChild(options: ChildOptions, signal?: AbortSignal): Promise<SupervisedChild> {
  signal?.throwIfAborted();
  const { name, log, logFile, explain, restartable } = options;
  await endStaleChild(options.pidFile, log);
  const output = openRotatingLog(logFile);
  const stopping = new AbortController();
  const ending = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});

  let run = begin();
  try {
    await untilReady(run, options, ending);
  } catch (error) {
    await run.end();
    output.close();
    throw error;
  }
  const ended = keepAlive().finally(() => output.close());
  return {
    pid: () => (run.isOver() ? undefined : run.pid),
    failed: failure.promise,
    async stop() {
      stopping.abort();
      await ended;
    },
  };

  function begin(): ChildRun {
    const next = startRun({ ...options, output });
    log.debug({ child: name, pid: next.pid }, 'started child');
    return next;
  }

  async function keepAlive(): Promise<void> {
    const { minDelayMs = 1000, maxDelayMs = 30_000, quickDeathMs = 10_000, maxQuickDeaths = 5 } = options.restart ?? {};
    let quickDeaths = 0;
    for (;;) {
      const death = await deathOrEnd(run, ending);
      if (ending.aborted) return;
      quickDeaths = death.livedMs < quickDeathMs ? quickDeaths + 1 : 0;
      const error = explain?.(run.stderrTail()) ?? childError(`${name} ${death.how}`, run.stderrTail(), logFile);
      if (quickDeaths >= maxQuickDeaths) return failure.reject(error);
      const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** Math.max(0, quickDeaths - 1));
      log.error({ child: name, delayMs, how: death.how, stderr: run.stderrTail().slice(-5) }, 'child died, restarting');
      await delay(delayMs, undefined, { signal: ending }).catch(() => {});
      try {
        await restartable?.(ending);
      } catch (cause) {
        return ending.aborted ? undefined : failure.reject(cause);
      }
      if (ending.aborted) return;
      run = begin();
      options.onRestart?.();
      const { pid } = run;
      // Its death ends the wait and is the next turn's business.
      untilReady(run, { ...options, readyTimeoutMs: Number.POSITIVE_INFINITY }, ending).then(
        () => log.info({ child: name, pid }, 'child is ready again'),
        () => {},
      );
    }
  }
}

/** Resolves when the run is over, be it by itself or because `ending` asked for it. */
async function deathOrEnd(run: ChildRun, ending: AbortSignal): Promise<Death> {
  const end = () => void run.end();
  if (ending.aborted) return run.end();
  ending.addEventListener('abort', end, { once: true });
  try {
    return await run.exited;
  } finally {
    ending.removeEventListener('abort', end);
  }
}

/** Races readiness against the child's death, the time limit and the end of k3v. */
async function untilReady(run: ChildRun, options: ChildOptions, ending: AbortSignal): Promise<void> {
  const { name, logFile, readyTimeoutMs = 120_000, explain } = options;
  const over = new AbortController();
  const race = Promise.withResolvers<void>();
  const fail = (what: string) =>
    race.reject(explain?.(run.stderrTail()) ?? childError(`${name} ${what}`, run.stderrTail(), logFile));
  const stopListening = run.onStderr(() => {
    const error = Number.isFinite(readyTimeoutMs) ? explain?.(run.stderrTail()) : undefined;
    if (error) race.reject(error);
  });
  const timer = Number.isFinite(readyTimeoutMs)
    ? setTimeout(() => fail(`was not ready after ${readyTimeoutMs / 1000} s`), readyTimeoutMs)
    : undefined;
  const onEnd = () => race.reject(ending.reason);
  ending.addEventListener('abort', onEnd, { once: true });
  if (ending.aborted) onEnd();
  run.exited.then((death) => fail(`${death.how} before it was ready`), race.reject);
  options.ready(AbortSignal.any([over.signal, ending])).then(race.resolve, race.reject);
  try {
    await race.promise;
  } finally {
    clearTimeout(timer);
    stopListening();
    ending.removeEventListener('abort', onEnd);
    over.abort();
  }
}
