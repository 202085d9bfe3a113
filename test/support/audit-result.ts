/** What an audit found wrong, one line for each object; all empty when both worlds agree. */
export interface AuditResult {
  /** Should be there, and is not. */
  lost: string[];
  /** Is there more than once. */
  doubled: string[];
  /** Is there, and should not be. */
  orphaned: string[];
  /** Is being deleted, without an end. */
  finalizing: string[];
  /** Is there, with a content that it should not have. */
  different: string[];
}

export function createAuditResult(): AuditResult {
  return { lost: [], doubled: [], orphaned: [], finalizing: [], different: [] };
}

export function isClean(result: AuditResult): boolean {
  return Object.values(result).every((lines: string[]) => lines.length === 0);
}

/** Returns `result` for people: each kind of finding with its count and its lines. */
export function describeAudit(result: AuditResult): string {
  return Object.entries(result)
    .filter(([, lines]: [string, string[]]) => lines.length > 0)
    .map(([finding, lines]: [string, string[]]) => `${lines.length} ${finding}:\n  ${lines.join('\n  ')}`)
    .join('\n');
}
