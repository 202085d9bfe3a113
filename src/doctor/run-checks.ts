import { K3vError } from '../errors.ts';
import { ConnectionError, StatusError } from '../kube/errors.ts';
import type { Check } from './check.ts';
import type { Facts } from './facts.ts';
import { type Finding, NotTried, fail, skip } from './finding.ts';

const timeoutMs = 15_000;

/** What one check has found. */
export interface CheckReport {
  name: string;
  findings: Finding[];
}

/**
 * Makes all checks at once, and yields what each has found in their order, as soon as all before it have. None keeps another from being made; each has its time. When `signal`
 * aborts, what takes long ends early and tidies up.
 */
export async function* runChecks(
  checks: readonly Check[],
  facts: Facts,
  signal: AbortSignal,
): AsyncGenerator<CheckReport> {
  const running = checks.map(async (check) => ({ name: check.name, findings: await findingsOf(check, facts, signal) }));
  for (const report of running) yield await report;
}

async function findingsOf(check: Check, facts: Facts, signal: AbortSignal): Promise<Finding[]> {
  const ending = new AbortController();
  const limitMs = check.timeoutMs ?? timeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding[]>((resolve) => {
    const what = `it was not found out within ${limitMs / 1_000} seconds`;
    timer = setTimeout(() => resolve([fail(what, 'Try again; if it stays so, see what else is wrong here.')]), limitMs);
  });
  const made = (async () => await check.run(facts, AbortSignal.any([ending.signal, signal])))().catch(
    (error: unknown) => [findingOf(error)],
  );
  try {
    return await Promise.race([made, late]);
  } finally {
    clearTimeout(timer);
    ending.abort(new Error('the time of this check is over'));
  }
}

function findingOf(error: unknown): Finding {
  if (error instanceof NotTried) return skip(`not tried: ${error.message}`);
  if (error instanceof K3vError) return fail(error.message, error.hint ?? `See ${error.code} in the README.`);
  if (error instanceof ConnectionError) return skip(`not tried: the host has gone away: ${error.message}`);
  if (error instanceof StatusError) return fail(`the host says: ${error.message}`, 'See what the host says of it.');
  return fail(
    `this is a bug in k3v: ${error instanceof Error ? error.message : String(error)}`,
    'Report it; the other checks are not touched by it.',
  );
}
