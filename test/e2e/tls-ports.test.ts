import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { listeningPorts } from '../support/listening-ports.ts';
import { processTree } from '../support/process-tree.ts';
import { soundOffers, takesOffer, weakOffers } from '../support/tls-handshake.ts';

const listenPort = 27_555;
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(listenPort, { extras: ['nodes/proxy'] });
});

afterAll(async () => await cluster?.stop());

it('every port that k3v and its children listen on speaks TLS 1.2 and 1.3 with sound ciphers, and nothing else', async () => {
  const { pid } = cluster.k3v();
  const listeners = await listeningPorts(await processTree(pid));
  const ports = listeners.map(({ port }) => port);
  expect(ports).toContain(listenPort);
  // The Service webhook is k3v's own.
  expect(listeners.filter((each) => each.pid === pid)).toHaveLength(1);
  expect(ports).toHaveLength(2);
  const wrong: unknown[] = [];
  for (const port of ports) {
    // One after the other: an API server that handshakes with dozens at once is slow on a busy machine.
    for (const offer of soundOffers) if (!(await takesOffer(port, offer))) wrong.push({ port, offer, is: 'refused' });
    for (const offer of weakOffers) if (await takesOffer(port, offer)) wrong.push({ port, offer, is: 'taken' });
  }
  expect(wrong).toEqual([]);
});
