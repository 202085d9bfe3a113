import { expect } from 'vitest';
import { type AuditResult, createAuditResult, describeAudit, isClean } from './audit-result.ts';
import { type Sides, readBothWorlds } from './both-worlds.ts';
import { type AuditGround, compareWorlds } from './compare-worlds.ts';
import { eventually } from './eventually.ts';

interface AuditOptions extends Omit<AuditGround, 'translator'> {
  /**
   * How long the worlds may take to agree. Default: 360 000, as the controllers of Kubernetes wait up to 5 minutes for pods that they believe to be on
   * their way, those of a Job that was deleted and made again, for example.
   */
  timeoutMs?: number;
  /** Stands before the findings, for example the seed of a churn. */
  title?: string;
}

/**
 * Waits until both worlds agree, object by object, twice in a row, and returns the last result: all empty when they did, what was found wrong last when they did
 * not in time. The churn has to be stopped before. An API server that does not answer counts as a world that does not agree; if it never does, this rejects.
 */
export async function audit(sides: Sides, options: AuditOptions = {}): Promise<AuditResult> {
  const { timeoutMs = 360_000 } = options;
  let last: AuditResult | undefined;
  let cleanInARow = 0;
  const look = async () => {
    last = undefined;
    const result = compareWorlds(await readBothWorlds(sides), { ...options, translator: sides.translator });
    last = result;
    cleanInARow = isClean(result) ? cleanInARow + 1 : 0;
    if (cleanInARow < 2) throw new Error('not clean yet');
  };
  try {
    await eventually(look, { timeoutMs, everyMs: 500 });
  } catch (error) {
    if (!last) throw error;
  }
  return last ?? createAuditResult();
}

/** Audits, and fails the test with all findings if there are any. */
export async function expectCleanAudit(sides: Sides, options: AuditOptions = {}): Promise<void> {
  const result = await audit(sides, options);
  expect(isClean(result), `${options.title ?? 'audit'}\n${describeAudit(result)}`).toBe(true);
}
