import type { ServerResponse } from 'node:http';
import { statusBody } from './fake-api-faults.ts';
import { type ApiPath, kindOf, selectorOf } from './fake-api-path.ts';
import { type FakeObjectStore, type StoreEvent, collectionOf } from './fake-object-store.ts';

/** What a test can do to the watches that are open. */
export interface Watches {
  /** Open watches now, of one resource or of all. */
  watching(plural?: string): number;
  /** Sends every watch a bookmark with the newest revision. */
  bookmark(): void;
  /** Ends every watch in good order, as when its time is over. */
  endWatches(): void;
  /** Breaks every watch; with `midLine` after half of an event's line. */
  cutWatches(options?: { midLine?: boolean }): void;
  /** Sends every watch one ERROR event, then ends it. */
  failWatches(code: number, reason?: string): void;
  /** Sends this text to every watch as it is, in these pieces. */
  sendRaw(...pieces: (string | Uint8Array)[]): Promise<void>;
}

interface OpenWatch {
  plural: string;
  response: ServerResponse;
}

/** Returns the watches on `store`; `serve` answers one watch request. */
export function createWatches(store: FakeObjectStore): Watches & {
  serve(path: ApiPath, query: URLSearchParams, response: ServerResponse): void;
  close(): void;
} {
  const open = new Set<OpenWatch & { bookmarkLine: () => string }>();

  function serve(path: ApiPath, query: URLSearchParams, response: ServerResponse): void {
    const collection = collectionOf(path);
    const matches = selectorOf(query);
    const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
    const send = (event: StoreEvent) => {
      const { object, previous } = event;
      if (event.collection !== collection) return;
      if (path.namespace && object.metadata.namespace !== path.namespace) return;
      const did = previous !== undefined && matches(previous);
      const does = event.type !== 'DELETED' && matches(object);
      if (!did && !does) return;
      const type = did && does ? 'MODIFIED' : does ? 'ADDED' : 'DELETED';
      response.write(line(type, object));
    };
    const from = Number(query.get('resourceVersion') ?? 0);
    const missed = from === 0 ? [] : store.since(from);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (!missed)
      return void response.end(line('ERROR', statusBody(410, 'Expired', `too old resource version: ${from}`)));
    for (const event of missed) send(event);
    const unsubscribe = store.subscribe(send);
    const bookmarkLine = () =>
      line('BOOKMARK', {
        kind: kindOf(path),
        metadata: { resourceVersion: `${store.revision}`, creationTimestamp: null },
      });
    const watch = { plural: path.plural, response, bookmarkLine };
    open.add(watch);
    const timer = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 1800) * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      unsubscribe();
      open.delete(watch);
    });
  }

  return {
    serve,
    close: () => {
      for (const { response } of open) response.destroy();
    },
    watching: (plural) => [...open].filter((watch) => !plural || watch.plural === plural).length,
    bookmark() {
      for (const { response, bookmarkLine } of open) response.write(bookmarkLine());
    },
    endWatches() {
      for (const { response } of open) response.end();
    },
    cutWatches({ midLine = false } = {}) {
      for (const { response } of open) {
        if (midLine) response.write('{"type":"ADDED","object":{"metadata":{"na', () => response.destroy());
        else response.destroy();
      }
    },
    failWatches(code, reason) {
      for (const { response } of open)
        response.end(`${JSON.stringify({ type: 'ERROR', object: statusBody(code, reason) })}\n`);
    },
    async sendRaw(...pieces) {
      for (const piece of pieces) {
        const writes = [...open].map(
          ({ response }) => new Promise<void>((done) => void response.write(piece, () => done())),
        );
        await Promise.all(writes);
        // Without a pause the kernel may put two pieces into one segment.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
