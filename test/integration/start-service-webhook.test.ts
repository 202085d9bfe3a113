import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertPortFree } from '../../src/control-plane/free-port.ts';
import { silentLog } from '../../src/log.ts';
import { type ServiceWebhook, startServiceWebhook } from '../../src/start-service-webhook.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { eventually } from '../support/eventually.ts';
import { makeOld } from '../support/old-certificate.ts';
import { shownCertificate } from '../support/shown-certificate.ts';

let dataDir: string;
let webhook: ServiceWebhook;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'k3v-webhook-'));
  webhook = await startServiceWebhook({
    dataDir,
    store: createMemoryStore(),
    review: async (review) => review,
    renewalCheckMs: 20,
    log: silentLog,
  });
});

afterEach(async () => {
  await webhook.stop();
  await rm(dataDir, { recursive: true });
});

it('the certificate of the Service webhook is renewed while k3v runs, under the same authority and URL', async () => {
  const { port, caPem } = webhook;
  const first = await shownCertificate(port, caPem);
  const pki = join(dataDir, 'pki');
  const old = await makeOld(join(pki, 'admission'), join(pki, 'admission-ca'), {
    commonName: 'k3v-admission',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    days: 365,
  });
  const now = await eventually(async () => {
    const shown = await shownCertificate(port, caPem);
    expect(shown).not.toBe(first);
    return shown;
  });
  expect(now).not.toBe(old);
});

it('a state that takes nothing ends the start, and leaves no server that would keep k3v from ending', async () => {
  const { port } = webhook;
  await webhook.stop();
  const store = createMemoryStore();
  await store.put('admission/place', { port, path: '/x' });
  const full = { ...store, put: async () => await Promise.reject(new Error('no space')) };
  const again = startServiceWebhook({ dataDir, store: full, review: async (review) => review, log: silentLog });
  await expect(again).rejects.toThrow('no space');
  await assertPortFree(port);
});
