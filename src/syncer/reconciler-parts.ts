import type { KubeClient } from '../kube/client.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../log.ts';
import type { SyncContext } from './define-syncer.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { FutileWrites } from './futile-writes.ts';
import type { RecreateJournal } from './recreate-journal.ts';
import type { SideStores } from './side-stores.ts';

/** What a reconciler of any definition works with. */
export interface ReconcilerParts {
  context: SyncContext;
  clients: { virtual: KubeClient; host: KubeClient };
  stores: { virtual: SideStores; host: SideStores };
  futile: FutileWrites;
  journal: RecreateJournal;
  events: EventRecorder;
  queue: WorkQueue;
  now: () => number;
  log: Logger;
}
