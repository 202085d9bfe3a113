import type { EndpointSlice } from '../../src/kube/types.ts';

/** Returns what slices say of each endpoint, but for what differs between any two clusters: names of slices, addresses, where the scheduler put a pod. */
export function factsOf(slices: EndpointSlice[], zones: ReadonlyMap<string, string>): unknown[] {
  const facts = slices.flatMap(({ addressType, ports, endpoints }) =>
    (endpoints ?? []).map(({ addresses, conditions, hostname, targetRef, nodeName, zone, hints }) => ({
      addressType,
      ports,
      conditions,
      hostname,
      pod: `${targetRef?.kind} ${targetRef?.name}`,
      addresses: addresses.length,
      isInZoneOfNode: zone !== undefined && zone === zones.get(nodeName ?? ''),
      zonesOfHints: hints?.forZones?.map(({ name }) => (name === zone ? 'its own' : 'another')),
    })),
  );
  return facts.toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
}

/** Returns one line for each endpoint and port of `slices`, in order. */
export function linesOf(slices: EndpointSlice[]): string[] {
  return slices
    .flatMap(({ addressType, ports, endpoints }) =>
      (endpoints ?? []).flatMap(({ addresses, conditions }) =>
        (ports ?? []).map(
          ({ name, port }) => `${addressType} ${addresses.join()} ${name} ${port} ${conditions?.ready ?? true}`,
        ),
      ),
    )
    .toSorted();
}
