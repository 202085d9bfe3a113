import { join } from 'node:path';
import { type AdmissionPlace, startAdmissionServer } from './apiserver-proxy/admission-server.ts';
import { loadOrCreateAuthority, loadOrIssue } from './control-plane/certificate-files.ts';
import type { Logger } from './log.ts';
import type { StateStore } from './state/store.ts';

const placeKey = 'admission/place';

/** Starts the server of the Service webhook with keys and place of the last run, so that a restart changes no registration. */
export async function startServiceWebhook({
  dataDir,
  store,
  review,
  log,
}: {
  dataDir: string;
  store: StateStore;
  review: (review: unknown) => Promise<unknown>;
  log: Logger;
}): Promise<{ url: string; caPem: string; stop(): Promise<void> }> {
  const pki = join(dataDir, 'pki');
  const authority = await loadOrCreateAuthority(join(pki, 'admission-ca'), 'k3v-admission-ca');
  const { certPem, keyPem } = await loadOrIssue(join(pki, 'admission'), authority, {
    commonName: 'k3v-admission',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    days: 365,
  });
  const place = toPlace(await store.get(placeKey));
  const server = await startAdmissionServer({ certPem, keyPem, place, review, log });
  await store.put(placeKey, { ...server.place });
  return { url: server.url, caPem: authority.certPem, stop: () => server.stop() };
}

function toPlace(stored: unknown): AdmissionPlace | undefined {
  const port: unknown = Reflect.get(Object(stored), 'port');
  const path: unknown = Reflect.get(Object(stored), 'path');
  return typeof port === 'number' && typeof path === 'string' ? { port, path } : undefined;
}
