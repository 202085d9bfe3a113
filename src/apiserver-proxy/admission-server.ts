import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../log.ts';
import { stopOf } from '../stop-server.ts';
import { tlsPolicy } from '../tls-policy.ts';

/** The API server refuses objects above 3 MB, and a review holds an object twice at most. */
const maxBodyBytes = 7 * 1024 * 1024;

/** Port and path on loopback; the path is long and random, as the API server does not say who it is. */
export interface AdmissionPlace {
  port: number;
  path: string;
}

/** A server that answers AdmissionReviews of the virtual API server. */
export interface AdmissionServer {
  /** Where to post reviews. */
  url: string;
  place: AdmissionPlace;
  /** Shows another certificate from now on. */
  renew(pair: { certPem: string; keyPem: string }): void;
  stop(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1 that hands each AdmissionReview to `review` and sends back what it returns. It goes back to
 * the `place` of the last run if that port is free, so that its registration stays as it is.
 */
export async function startAdmissionServer({
  certPem,
  keyPem,
  place,
  review,
  log,
}: {
  place: AdmissionPlace | undefined;
  certPem: string;
  keyPem: string;
  review: (review: unknown) => Promise<unknown>;
  log: Logger;
}): Promise<AdmissionServer> {
  const path = place?.path ?? `/${randomBytes(24).toString('base64url')}`;
  const server = https.createServer({ cert: certPem, key: keyPem, ...tlsPolicy }, (request, response) => {
    const answer = (code: number, body: unknown) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method !== 'POST' || request.url?.split('?')[0] !== path) return answer(404, { message: 'not found' });
    readJson(request)
      .then(review)
      .then(
        (body) => answer(200, body),
        (error: unknown) => {
          log.warn({ err: error }, 'could not answer an admission review');
          answer(400, { message: error instanceof Error ? error.message : String(error) });
        },
      );
  });
  const stop = stopOf(server);
  await listen(server, place?.port ?? 0).catch(async () => await listen(server, 0));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}${path}`,
    place: { port, path },
    renew: ({ certPem: cert, keyPem: key }) => server.setSecureContext({ cert, key, ...tlsPolicy }),
    stop,
  };
}

async function listen(server: https.Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBodyBytes) throw new Error(`the review is larger than ${maxBodyBytes} bytes`);
    chunks.push(bytes);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
