import { join } from 'node:path';
import { type AdmissionPlace, startAdmissionServer } from './apiserver-proxy/admission-server.ts';
import { loadOrCreateAuthority, loadOrIssue } from './control-plane/certificate-files.ts';
import { renewWhenDue } from './control-plane/renew-when-due.ts';
import type { Logger } from './log.ts';
import type { StateStore } from './state/store.ts';

const placeKey = 'admission/place';

/** The server of the Service webhook. */
export interface ServiceWebhook {
  /** Under which it is registered. */
  url: string;
  caPem: string;
  /** Where it listens, on the loopback. */
  port: number;
  stop(): Promise<void>;
}

/** Named in a registration that replicas share: the API server gets to the k3v beside it, whatever port that listens on. */
const sharedPort = 443;

/** Starts the server of the Service webhook with keys and place of the last run, so that a restart changes no registration; where replicas share one, under its `sharedPath`. */
export async function startServiceWebhook({
  dataDir,
  store,
  sharedPath,
  review,
  renewalCheckMs,
  log,
}: {
  dataDir: string;
  store: StateStore;
  sharedPath?: string | undefined;
  review: (review: unknown) => Promise<unknown>;
  /** How often it is looked whether the certificate is due. Default: every hour. */
  renewalCheckMs?: number | undefined;
  log: Logger;
}): Promise<ServiceWebhook> {
  const pki = join(dataDir, 'pki');
  const authority = await loadOrCreateAuthority(join(pki, 'admission-ca'), 'k3v-admission-ca');
  const load = async () =>
    await loadOrIssue(join(pki, 'admission'), authority, {
      commonName: 'k3v-admission',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      days: 365,
    });
  const { certPem, keyPem } = await load();
  const place = sharedPath === undefined ? toPlace(await store.get(placeKey)) : { port: 0, path: sharedPath };
  const server = await startAdmissionServer({ certPem, keyPem, place, review, log });
  try {
    if (sharedPath === undefined) await store.put(placeKey, { ...server.place });
  } catch (error) {
    // Nobody else knows of it yet, and it would keep the process from ending.
    await server.stop();
    throw error;
  }
  const life = new AbortController();
  const renew = async () => {
    const pair = await load();
    if (pair.renewed !== undefined) server.renew(pair);
  };
  const renewing = renewWhenDue(renew, { checkMs: renewalCheckMs, log, signal: life.signal });
  const url = sharedPath === undefined ? server.url : `https://127.0.0.1:${sharedPort}${sharedPath}`;
  return { url, caPem: authority.certPem, port: server.place.port, stop };

  async function stop(): Promise<void> {
    life.abort();
    await Promise.all([renewing, server.stop()]);
  }
}

function toPlace(stored: unknown): AdmissionPlace | undefined {
  const port: unknown = Reflect.get(Object(stored), 'port');
  const path: unknown = Reflect.get(Object(stored), 'path');
  return typeof port === 'number' && typeof path === 'string' ? { port, path } : undefined;
}
