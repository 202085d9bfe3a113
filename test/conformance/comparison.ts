import type { Result, Spec } from './spec.ts';

/** What the two clusters say of one spec; undefined where it was not run. */
export interface Verdict {
  spec: Spec;
  kind: VerdictKind;
  /** Why it did not pass: on the virtual cluster if it passes on the host, else on the host. */
  reason: string;
  host: Result | undefined;
  virtual: Result | undefined;
}

export type VerdictKind = keyof typeof verdictKinds;

/** In the order of the table. */
export const verdictKinds = {
  both: 'passed on both',
  'virtual-fails': 'failed on the virtual cluster only',
  'host-fails': 'failed on the bare host too',
  'no-image': 'needs an image that is not here',
  skipped: 'does not apply, says the spec',
  'not-run': 'not run on both',
} as const;

/** One row of the table. */
export interface Row {
  sig: string;
  counts: Record<VerdictKind, number>;
  /** Of the specs that passed on the host and were run on both: how many passed on the virtual cluster, in percent. */
  percent: number | undefined;
}

/** Returns a verdict for each of `specs`. */
export function compareWorlds(
  specs: readonly Spec[],
  host: ReadonlyMap<string, Result>,
  virtual: ReadonlyMap<string, Result>,
): Verdict[] {
  return specs.map((spec) => {
    const [onHost, onVirtual] = [host.get(spec.name), virtual.get(spec.name)];
    return { spec, host: onHost, virtual: onVirtual, ...verdictOf(onHost, onVirtual) };
  });
}

function verdictOf(host: Result | undefined, virtual: Result | undefined): Pick<Verdict, 'kind' | 'reason'> {
  if (host === undefined) return { kind: 'not-run', reason: '' };
  switch (host.outcome) {
    case 'no-image':
      return { kind: 'no-image', reason: host.reason };
    case 'skipped':
      return { kind: 'skipped', reason: host.reason };
    case 'failed':
      return { kind: 'host-fails', reason: host.reason };
    case 'passed':
      if (virtual === undefined) return { kind: 'not-run', reason: '' };
      if (virtual.outcome === 'passed') return { kind: 'both', reason: '' };
      // Also where it skips itself or finds no image: on the host it did not.
      return { kind: 'virtual-fails', reason: virtual.reason };
  }
}

/** Returns a row per sig and one for all. */
export function rowsOf(verdicts: readonly Verdict[]): Row[] {
  const sigs = [...new Set(verdicts.map(({ spec }) => spec.sig))].sort();
  const rowOf = (sig: string, those: readonly Verdict[]): Row => {
    const count = (kind: VerdictKind) => those.filter((verdict) => verdict.kind === kind).length;
    const counts = {
      both: count('both'),
      'virtual-fails': count('virtual-fails'),
      'host-fails': count('host-fails'),
      'no-image': count('no-image'),
      skipped: count('skipped'),
      'not-run': count('not-run'),
    };
    const compared = counts.both + counts['virtual-fails'];
    return { sig, counts, percent: compared === 0 ? undefined : (100 * counts.both) / compared };
  };
  const rows = sigs.map((sig) =>
    rowOf(
      sig,
      verdicts.filter(({ spec }) => spec.sig === sig),
    ),
  );
  return [...rows, rowOf('all', verdicts)];
}
