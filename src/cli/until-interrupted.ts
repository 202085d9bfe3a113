const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type SignalName = keyof typeof numbers;
const names = Object.keys(numbers) as SignalName[];

/** A terminal signals the whole process group, and npm and bin/k3v pass on what they get: one Ctrl-C comes up to three times. */
const echoMs = 1_000;

/** The part of `process` that matters here. */
interface Signalled {
  on(name: SignalName, listener: (name: SignalName) => void): unknown;
  off(name: SignalName, listener: (name: SignalName) => void): unknown;
  exit(code: number): unknown;
}

/**
 * Returns a signal that aborts at the first SIGINT, SIGTERM or SIGHUP. A further one, a second or more after it, ends the
 * process at once with 128+n. `dispose` stops listening.
 */
export function untilInterrupted(
  process: Signalled,
  now: () => number = () => performance.now(),
): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let firstMs = 0;
  const stop = (name: SignalName) => {
    if (!controller.signal.aborted) {
      firstMs = now();
      controller.abort(new Error(`stopped by ${name}`));
    } else if (now() - firstMs >= echoMs) process.exit(128 + numbers[name]);
  };
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of names) process.off(name, stop);
    },
  };
}
