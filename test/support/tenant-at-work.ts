import { expect } from 'vitest';
import { audit } from './audit.ts';
import { describeAudit, isClean } from './audit-result.ts';
import type { Sides } from './both-worlds.ts';
import { type Churn, startChurn } from './churn.ts';
import { type ChurnLedger, createChurnLedger } from './churn-ledger.ts';
import { eventually } from './eventually.ts';

/** A tenant who works on one virtual cluster, with pauses in which the worlds are audited. */
export interface TenantAtWork {
  /** Lets the tenant work while `fault` happens and for a while after, and then audits both worlds; returns in words what was found wrong, empty for nothing. */
  meanwhile(fault: (churn: Churn) => Promise<void>): Promise<string>;
}

export const patience = { timeoutMs: 240_000, everyMs: 100 };

/** Resolves when the API server has confirmed `times` more moves. */
export async function moved(churn: Churn, times: number): Promise<void> {
  const wanted = churn.moves() + times;
  await eventually(
    () => expect(churn.moves(), `moves, of which ${JSON.stringify(churn.waits())}`).toBeGreaterThan(wanted),
    patience,
  );
}

/** Resolves after `ms`: a fault lasts for a time. */
export async function passed(ms: number): Promise<void> {
  const endAt = Date.now() + ms;
  await eventually(() => expect(Date.now()).toBeGreaterThan(endAt), { timeoutMs: ms + 60_000, everyMs: 100 });
}

/** Returns the tenant of the virtual cluster of `sides`. `except`: see `audit`. */
export function tenantOf(sides: Sides, { except }: { except?: string[] } = {}): TenantAtWork {
  const ledger: ChurnLedger = createChurnLedger();
  return {
    async meanwhile(fault) {
      const churn = startChurn({ client: sides.virtual, ledger, pauseMs: 150 });
      try {
        await moved(churn, 25);
        await fault(churn);
        await moved(churn, 10);
      } finally {
        await churn.stop();
      }
      const found = await audit(sides, { ledger, except });
      return isClean(found) ? '' : `seed ${churn.seed}\n${describeAudit(found)}`;
    },
  };
}
