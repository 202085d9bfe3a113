import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { type Credentials, type Identity, createApiEndpoint } from './api-endpoint.ts';
import { ConnectionError } from './errors.ts';
import { gatherReads } from './gather-reads.ts';
import { holdEnd } from './hold-end.ts';
import { holdKeepAlives } from './hold-keep-alives.ts';
import { keepReading } from './keep-reading.ts';

/** A request that goes to the API server as it is. `path` begins with `/` and may hold a query. */
export interface RawRequest {
  method: string;
  path: string;
  /** Beside those of the credentials, which they must not name. */
  headers?: http.OutgoingHttpHeaders;
  /** Ends the request; after an upgrade it does nothing. */
  signal?: AbortSignal;
}

/** The answer to an upgrade. With status 101 there is `upgraded`: the raw connection, and what of it was read already. */
export interface UpgradeAnswer {
  answer: http.IncomingMessage;
  upgraded?: { socket: Duplex; head: Buffer };
}

/**
 * Requests whose answers may be endless. Each has a connection of its own, beside those of the client. Like the client's they
 * identify themselves with the credentials, are sent once more when a 401 brings new ones, and reject with ConnectionError if no
 * answer comes, or with the signal's reason.
 */
export interface RawClient {
  /** Resolves with the answer, whatever the status, once its headers are there, however long that takes; the body is the caller's to read or destroy. */
  stream(request: RawRequest): Promise<http.IncomingMessage>;
  /**
   * Asks to change the protocol; the headers must name it. An answer that is not a 101 is the caller's to read or destroy. The
   * upgraded connection may be half closed, can be read to its end after the host has closed it (`keepReading`), and may show that
   * end late (`holdEnd`). Its chunks may be given back (`reused-buffers.ts`).
   */
  upgrade(request: RawRequest): Promise<UpgradeAnswer>;
  /** Ends everything that is open. */
  close(): void;
}

/** A host that takes connections but does not answer an upgrade is given up after this time. */
const upgradeTimeoutMs = 60_000;
/** A peer that is gone without a word is found out by probes after this time. */
const keepAliveMs = 15_000;

/** Returns a raw client of the API server at `server`. */
export function createRawClient({ server, credentials }: { server: string; credentials: Credentials }): RawClient {
  const unlimited = { keepAlive: true, keepAliveMsecs: keepAliveMs, maxSockets: Infinity, maxFreeSockets: 8 };
  const streams = createApiEndpoint(server, credentials, unlimited);
  // A connection used before could turn out closed, and what was asked for is nothing to ask for twice.
  const upgrades = createApiEndpoint(server, credentials, { keepAlive: false, allowHalfOpen: true });
  const upgraded = new Set<Duplex>();

  function streamAs(identity: Identity, request: RawRequest): Promise<UpgradeAnswer> {
    return new Promise((resolve, reject) => {
      request.signal?.throwIfAborted();
      const message = streams.open(identity, { headers: {}, ...request });
      message.on('error', (error) => {
        // The server closed a kept connection just as it was used again.
        if (message.reusedSocket && isReset(error)) return void streamAs(identity, request).then(resolve, reject);
        reject(failure(request, error));
      });
      message.on('response', (answer) => resolve({ answer }));
      message.end();
    });
  }

  function upgradeAs(identity: Identity, request: RawRequest): Promise<UpgradeAnswer> {
    return new Promise((resolve, reject) => {
      request.signal?.throwIfAborted();
      const reads = gatherReads();
      const message = upgrades.open(identity, { headers: {}, ...request, onread: reads.onread });
      message.once('socket', reads.readInto);
      const timer = setTimeout(
        () => message.destroy(new Error(`no answer within ${upgradeTimeoutMs / 1000} s`)),
        upgradeTimeoutMs,
      );
      message.on('error', (error) => {
        clearTimeout(timer);
        reject(failure(request, error));
      });
      message.on('response', (answer) => {
        clearTimeout(timer);
        resolve({ answer });
      });
      message.on('upgrade', (answer, socket, head) => {
        clearTimeout(timer);
        socket.setKeepAlive(true, keepAliveMs);
        socket.setNoDelay(true);
        holdEnd(socket);
        reads.gather();
        keepReading(socket);
        holdKeepAlives(socket);
        upgraded.add(socket);
        socket.on('close', () => upgraded.delete(socket));
        // An error before the caller listens is found by it as a destroyed socket.
        socket.on('error', () => undefined);
        resolve({ answer, upgraded: { socket, head } });
      });
      message.end();
    });
  }

  function failure({ signal }: RawRequest, error: Error): unknown {
    return signal?.aborted ? signal.reason : new ConnectionError(`${server}: ${error.message}`, { cause: error });
  }

  return {
    stream: async (request) =>
      (await streams.authenticated(async (identity) => await streamAs(identity, request))).answer,
    upgrade: async (request) => await upgrades.authenticated(async (identity) => await upgradeAs(identity, request)),
    close() {
      streams.close();
      upgrades.close();
      for (const socket of upgraded) socket.destroy();
    },
  };
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
