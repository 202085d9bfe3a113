import type { KubeClient } from '../kube/client.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../log.ts';
import type { SyncContext } from './sync-context.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { FutileWrites } from './futile-writes.ts';
import type { IssuerClock } from './issuer-clock.ts';
import type { SideStores } from './side-stores.ts';
import type { KindMeter } from './sync-meter.ts';

/** What a reconciler of any definition works with. */
export interface ReconcilerParts {
  context: SyncContext;
  clients: { virtual: KubeClient; host: KubeClient };
  stores: { virtual: SideStores; host: SideStores };
  futile: FutileWrites;
  events: EventRecorder;
  /** What `k3v status` calls the kind. */
  plural: string;
  queue: WorkQueue;
  meter: KindMeter | undefined;
  now: () => number;
  issuerClock: IssuerClock;
  log: Logger;
}
