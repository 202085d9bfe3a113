import type { Facts } from './facts.ts';
import { NotTried } from './finding.ts';

/** Whether the credentials may do `verb` to the core kind `plural` in the host namespace. */
export async function may(facts: Facts, verb: string, plural: string): Promise<boolean> {
  const { namespace } = await facts.host();
  const own = await facts.rights();
  return await own({ group: '', plural, verb, namespace });
}

/** Rejects with NotTried where they may not. */
export async function mayOrNotTried(facts: Facts, verb: string, plural: string): Promise<void> {
  if (!(await may(facts, verb, plural))) throw new NotTried(`the credentials may not ${verb} ${plural}`);
}
