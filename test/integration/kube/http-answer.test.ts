import { afterEach, beforeEach, expect, it } from 'vitest';
import { readBody } from '../../../src/kube/http-answer.ts';
import { ConnectionError } from '../../../src/kube/errors.ts';
import { type HttpTransport, createHttpTransport } from '../../../src/kube/http-transport.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';

let server: FakeApiServer;
let transport: HttpTransport;
beforeEach(async () => {
  server = await startFakeApiServer();
  transport = createHttpTransport(server.url, async () => ({ tls: {}, headers: {} }));
});
afterEach(async () => {
  transport.close();
  await server.stop();
});

it('a body that stalls is given up after its idle time', async () => {
  server.faults.add({}, { kind: 'stall', afterBytes: 10 });
  const answer = await transport.send({ method: 'GET', path: '/api/v1/pods' });
  const error = await readBody(answer, { idleMs: 50 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(String(error)).toContain('no more of the answer within 0.05 s');
});

it('a server that never answers is given up after the time-out', async () => {
  server.faults.add({}, { kind: 'mute' });
  const sending = transport.send({ method: 'GET', path: '/api/v1/pods', timeoutMs: 50 });
  await expect(sending).rejects.toThrow('no answer within 0.05 s');
});

it('a server that is slow but in time is waited for', async () => {
  server.faults.add({}, { kind: 'slow', ms: 60 });
  const answer = await transport.send({ method: 'GET', path: '/api/v1/pods', timeoutMs: 2_000 });
  expect(JSON.parse(await readBody(answer))).toMatchObject({ kind: 'List' });
});
