import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent } from 'node:https';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

/** Who a request comes from, and with which connection and headers the API server behind hears of it. */
interface PassedOn {
  agent: Agent;
  headers: OutgoingHttpHeaders;
}

/** The way to an API server for a proxy that it trusts: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy */
export interface FrontProxy {
  /**
   * Returns how to pass `request` on: a bearer token as it is, for the API server to judge; the name and groups of a client
   * certificate in headers. Undefined when the certificate is not (or no longer) good.
   */
  passOn(request: IncomingMessage): PassedOn | undefined;
  close(): void;
}

/** Opens the way to the API server whose keys lie in the folder `pki`. */
export async function openFrontProxy(pki: string): Promise<FrontProxy> {
  const read = async (name: string) => await readFile(join(pki, name), 'utf8');
  const trust = { ca: await read('ca.crt'), keepAlive: true };
  const asItself = new Agent(trust);
  const asProxy = new Agent({
    ...trust,
    cert: await read('front-proxy-client.crt'),
    key: await read('front-proxy-client.key'),
  });
  return {
    passOn(request) {
      const headers: OutgoingHttpHeaders = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !name.startsWith('x-remote-')),
      );
      if (headers.authorization !== undefined) return { agent: asItself, headers };
      const subject = goodSubject(request);
      if (!subject) return undefined;
      const { CN, O } = subject;
      return { agent: asProxy, headers: { ...headers, 'x-remote-user': CN, ...(O ? { 'x-remote-group': O } : {}) } };
    },
    close() {
      asItself.destroy();
      asProxy.destroy();
    },
  };
}

/** As an API server does, the end of a certificate is looked at with each request, not only when the connection is made. */
function goodSubject({ socket }: IncomingMessage): { CN?: string; O?: string } | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject, valid_to: validTo } = socket.getPeerCertificate();
  return Date.parse(validTo) > Date.now() ? { CN: String(subject.CN), O: String(subject.O) } : undefined;
}
