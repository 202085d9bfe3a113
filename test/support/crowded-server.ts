import { once } from 'node:events';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An API server that works on so many requests at a time, and refuses what is more with 429, as the real one does where it has no queues. */
export interface CrowdedServer {
  url: string;
  /** How many it works on at a time. A test may change it. */
  capacity: number;
  /** Names of the objects that were created, in that order. */
  created: string[];
  /** Of each request, as it came in: how many there were then, itself included, and whether it was refused. */
  arrivals: { inFlight: number; isRefused: boolean }[];
  stop(): Promise<void>;
}

/** It answers when nothing more has come for so long: so all that a client sends at a time are there together, however slow the machine is. */
const quietMs = 5;

/** Starts one on a free port of 127.0.0.1. It takes creates; a refusal says `retryAfterSeconds`. `onArrival` is called for each request. */
export async function startCrowdedServer({
  capacity,
  retryAfterSeconds = 0,
  onArrival = () => {},
}: {
  capacity: number;
  retryAfterSeconds?: number;
  onArrival?: (inFlight: number) => void;
}): Promise<CrowdedServer> {
  let inFlight = 0;
  let quiet: NodeJS.Timeout | undefined;
  const waiting: (() => void)[] = [];
  const crowded: CrowdedServer = { url: '', capacity, created: [], arrivals: [], stop };
  const server = createServer((request, response) => {
    inFlight += 1;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      for (const work of waiting.splice(0)) work();
    }, quietMs);
    onArrival(inFlight);
    const isRefused = inFlight > crowded.capacity;
    crowded.arrivals.push({ inFlight, isRefused });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (isRefused) return answer(response, 429, { reason: 'TooManyRequests' });
      const object = JSON.parse(Buffer.concat(chunks).toString()) as { metadata: { name: string } };
      waiting.push(() => {
        crowded.created.push(object.metadata.name);
        answer(response, 201, object);
      });
    });
  });

  function answer(response: ServerResponse, code: number, body: object): void {
    inFlight -= 1;
    const retryAfter = code === 429 ? { 'retry-after': `${retryAfterSeconds}` } : {};
    response.writeHead(code, { 'content-type': 'application/json', ...retryAfter }).end(JSON.stringify(body));
  }

  async function stop(): Promise<void> {
    clearTimeout(quiet);
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  crowded.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return crowded;
}
