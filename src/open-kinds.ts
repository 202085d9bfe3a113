import type { ConnectedHost } from './connect-host.ts';
import type { KubeClient } from './kube/client.ts';
import type { OptInKind, Opened } from './syncer/define-opt-in.ts';
import { teachCustomResource } from './syncer/teach-custom-resource.ts';

/** Returns what the engine runs for `kinds`. Teaches the virtual cluster the custom resources among them. Rejects with CRD_MISSING or SYNC_RULES_BROKEN. */
export async function openKinds(
  kinds: OptInKind[],
  { host, virtual, signal }: { host: ConnectedHost; virtual: KubeClient; signal: AbortSignal },
): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const kind of kinds) {
    const served = host.served.get(kind.name) ?? [];
    const [preferred] = served;
    if (!preferred) continue;
    const resource = kind.isCustom
      ? await teachCustomResource(served, { host: host.client, virtual, signal })
      : preferred;
    opened.push(kind.open(resource));
  }
  return opened;
}
