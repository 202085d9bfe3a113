import { checkHost } from '../host/check-host.ts';
import { findServiceRange } from '../host/service-range.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Node } from '../kube/types.ts';
import type { HostFacts } from './cluster-context.ts';

/** Of what is known of the host, what nobody tells a change of. */
export type FixedFacts = Pick<HostFacts, 'version' | 'serviceCidr'>;

/** Asks the host what it is. `namespace` is one where the controller may make Services. Rejects as `checkHost` does. */
export async function readFixedFacts(client: KubeClient, namespace: string): Promise<FixedFacts> {
  const version = await checkHost(client);
  const serviceCidr = await findServiceRange(client, namespace).catch(() => undefined);
  return { version, serviceCidr };
}

/** Returns an address of each of `nodes` that clients reach it by, the oldest nodes first. */
export function nodeAddresses(nodes: Iterable<Node>): string[] {
  const oldestFirst = [...nodes].toSorted((a, b) => ageOf(a).localeCompare(ageOf(b)));
  return oldestFirst.flatMap((node) => addressOf(node) ?? []);
}

function addressOf({ metadata, status }: Node): string | undefined {
  if (metadata.deletionTimestamp) return undefined;
  const of = (type: string) => status?.addresses?.find((each) => each.type === type)?.address;
  return of('ExternalIP') ?? of('InternalIP');
}

function ageOf({ metadata: { creationTimestamp = '', name } }: Node): string {
  return `${creationTimestamp} ${name}`;
}
