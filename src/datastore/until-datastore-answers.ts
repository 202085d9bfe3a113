import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { request as plainRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { datastoreError, unreachable } from './datastore-errors.ts';
import { type EtcdDatastore, type ExternalDatastore, etcdServers, type SqlDatastore } from './datastore.ts';

const pauseMs = 500;
const attemptMs = 5000;

/**
 * Resolves when a member of the datastore answers: a database takes connections, an etcd has a quorum and takes our certificate. Rejects with
 * DATASTORE_UNREACHABLE after `timeoutMs`; with DATASTORE_UNTRUSTED or DATASTORE_REFUSED as soon as every member gives cause to; with the reason of `signal`.
 */
export async function untilDatastoreAnswers(
  datastore: ExternalDatastore,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const attempt = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]);
    const failures = await failuresOf(datastore, attempt);
    signal.throwIfAborted();
    if (failures === undefined) return;
    const errors = failures.map((reason) => datastoreError(datastore, reason) ?? unreachable(datastore, reason));
    const [first] = errors;
    const hopeless = errors.every(({ code }) => code !== 'DATASTORE_UNREACHABLE');
    if (first && (hopeless || performance.now() > deadline)) throw first;
    await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Resolves with nothing as soon as one member answers, else with the reason of each why it does not. */
async function failuresOf(datastore: ExternalDatastore, signal: AbortSignal): Promise<string[] | undefined> {
  try {
    await Promise.any(datastore.kind === 'sql' ? dialAll(datastore, signal) : await askAll(datastore, signal));
    return undefined;
  } catch (error) {
    return (error instanceof AggregateError ? error.errors : [error]).map(reasonOf);
  }
}

function dialAll({ members }: SqlDatastore, signal: AbortSignal): Promise<void>[] {
  return members.map(async (member) => {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(member) ?? [];
    const socket = port === undefined ? connect({ path: member }) : connect({ host, port: Number(port) });
    try {
      await once(socket, 'connect', { signal });
    } catch (error) {
      throw signal.aborted ? new Error(`${member} does not answer`) : error;
    } finally {
      socket.destroy();
    }
  });
}

async function askAll(datastore: EtcdDatastore, signal: AbortSignal): Promise<Promise<void>[]> {
  const { caFile, certFile, keyFile } = datastore.tls;
  // Read each time: they may be renewed.
  const [ca, cert, key] = await Promise.all(
    [caFile, certFile, keyFile].map(async (file) => (file === undefined ? undefined : await readFile(file))),
  );
  const tls = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  return etcdServers(datastore).map(async (server) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const url = new URL('/health', server);
    const asked =
      datastore.scheme === 'https'
        ? request(url, { ...tls, agent: false, signal })
        : plainRequest(url, { agent: false, signal });
    asked.on('error', (error) => reject(signal.aborted ? new Error(`${server} does not answer`) : error));
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 503
          ? reject(new Error(`${server} says that it is not well: ${text.trim()}`))
          : resolve(),
      );
    });
    asked.end();
    return promise;
  });
}

/** Node tells of a host with several addresses in an error of errors without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
