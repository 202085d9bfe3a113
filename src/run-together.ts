/** Runs `works` until all have ended, or one fails: then the others are ended by their signal, and what the first one rejected with is thrown. */
export async function runTogether(
  works: ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  await Promise.all(
    works.map(async (work) => {
      await work(either).catch((error: unknown) => failed.abort(error));
    }),
  );
  if (failed.signal.aborted) throw failed.signal.reason;
}
