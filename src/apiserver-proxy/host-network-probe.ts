import tls from 'node:tls';

const timeoutMs = 1_000;
/** A machine can join or leave a network. */
const validMs = { yes: 10 * 60_000, no: 60_000 };

/** The trust of whoever talks to the host's API server. */
export type HostTrust = () => Promise<Pick<tls.ConnectionOptions, 'ca' | 'rejectUnauthorized'>>;

/**
 * Returns a function that says whether this machine is in the network of the host's pods. The proof is the host's own API server,
 * answering at one of `addresses`, its Service's, with a certificate that the host's CA signed for that address. Each answer
 * is kept for a while; questions at the same time share one attempt.
 */
export function createHostNetworkProbe({
  addresses,
  trust,
  port = 443,
  now = Date.now,
}: {
  addresses: readonly string[];
  trust: HostTrust;
  port?: number;
  now?: () => number;
}): () => Promise<boolean> {
  let answer: { found: Promise<boolean>; until: number } | undefined;

  async function find(): Promise<boolean> {
    const { ca, rejectUnauthorized } = await trust();
    // Who trusts every certificate has no proof.
    if (rejectUnauthorized === false) return false;
    const found = await Promise.all(addresses.map((address) => isApiServer(address, port, ca)));
    return found.includes(true);
  }

  return async () => {
    if (answer && answer.until > now()) return await answer.found;
    const asked = { found: find().catch(() => false), until: Infinity };
    answer = asked;
    asked.until = now() + ((await asked.found) ? validMs.yes : validMs.no);
    return await asked.found;
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
