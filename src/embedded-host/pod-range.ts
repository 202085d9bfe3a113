/** Pods of the embedded host get their addresses from 10.244.0.0/16. */
const prefix = '10.244.';
/** So that a run finds some hundred addresses before the end of the range. */
const highestStart = 65_000;

/**
 * Returns the `--cidr` of KWOK for a start over pods with `addresses`: KWOK counts upwards from its host part, knows nothing of
 * pods that run already, and would give their addresses a second time. Near its end the range begins anew.
 */
export function podRangeBeside(addresses: Iterable<string>): string {
  let last = 0;
  for (const address of addresses) {
    if (!address.startsWith(prefix)) continue;
    const [, , third = '', fourth = ''] = address.split('.');
    last = Math.max(last, Number(third) * 256 + Number(fourth));
  }
  const start = last > highestStart ? 0 : last;
  return `${prefix}${start >> 8}.${start & 255}/16`;
}
