import type { IncomingMessage } from 'node:http';

/**
 * The only headers that cross: what the two ends of a stream agree on (RFC 7230, 6.7; RFC 6455, 4; Kubernetes' remotecommand and
 * portforward). Credentials, cookies and the names of users stay on their side.
 */
const crossing = [
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'sec-websocket-accept',
  'x-stream-protocol-version',
  'x-accept-stream-protocol-versions',
  'x-accepted-stream-protocol-versions',
];

/** Browsers have no other place for a bearer token; see the API server's authentication/request/websocket. */
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

/** Returns the headers of an upgrade, or of its answer, that go over to the other side; repeated ones stay so. */
export function crossingHeaders({
  headersDistinct,
}: Pick<IncomingMessage, 'headersDistinct'>): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const name of crossing) {
    const values = headersDistinct[name];
    if (values) result[name] = name === 'sec-websocket-protocol' ? values.map(withoutToken) : values;
  }
  return result;
}

function withoutToken(protocols: string): string {
  return protocols
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => !protocol.startsWith(tokenProtocol))
    .join(', ');
}
