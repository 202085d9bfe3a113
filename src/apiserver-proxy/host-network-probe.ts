import tls from 'node:tls';
import type { Logger } from '../log.ts';

const timeoutMs = 1_000;
/** A machine can join or leave a network. */
const validMs = { yes: 10 * 60_000, no: 60_000 };

/** The trust of whoever talks to the host's API server. */
export type HostTrust = () => Promise<Pick<tls.ConnectionOptions, 'ca' | 'rejectUnauthorized'>>;

/**
 * Returns a function that says whether this machine is in the network of the host's pods. The proof is the host's own API server,
 * answering at one of `addresses`, its Service's, with a certificate that the host's CA signed for that address. Only the
 * first question waits for it: an answer that has grown old is given once more while a new one is found out.
 */
export function createHostNetworkProbe({
  addresses,
  trust,
  log,
  port = 443,
  now = () => performance.now(),
}: {
  addresses: readonly string[];
  trust: HostTrust;
  log: Logger;
  port?: number;
  now?: () => number;
}): () => Promise<boolean> {
  let first: Promise<boolean> | undefined;
  let known: boolean | undefined;
  let validUntil = 0;

  async function ask(): Promise<boolean> {
    // Whoever comes meanwhile shares this attempt.
    validUntil = Infinity;
    const found = await find().catch(() => false);
    validUntil = now() + (found ? validMs.yes : validMs.no);
    if (found !== known) {
      const way = found ? 'at their addresses' : 'through the host API server';
      log.info({ addresses }, `pods are reached ${way}`);
    }
    known = found;
    return found;
  }

  async function find(): Promise<boolean> {
    const { ca, rejectUnauthorized } = await trust();
    // Who trusts every certificate has no proof.
    if (rejectUnauthorized === false) return false;
    const found = await Promise.all(addresses.map((address) => isApiServer(address, port, ca)));
    return found.includes(true);
  }

  return async () => {
    if (known === undefined) return await (first ??= ask());
    const last = known;
    if (validUntil <= now()) void ask();
    return last;
  };
}

function isApiServer(host: string, port: number, ca: tls.ConnectionOptions['ca']): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, ...(ca ? { ca } : {}), ALPNProtocols: ['http/1.1'] });
    const timer = setTimeout(() => finish(false), timeoutMs);
    const finish = (is: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(is);
    };
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.once('secureConnect', () => finish(socket.authorized));
  });
}
