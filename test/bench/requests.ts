/** A request to an API server. */
export interface Request {
  /** As the API server calls it: `create`, `patch`, `list` and so on. */
  verb: string;
  /** With its subresource: `pods/status`. */
  resource: string;
  name: string | undefined;
}

const writing = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const reading = new Set(['get', 'list']);

/** Returns how many of `requests` write, how many read, and what they are, commonest first: `2 create pods, 1 delete pods`. Watches are neither. `per` divides all of it. */
export function countRequests(
  requests: readonly Request[],
  per: number,
): { writes: number; reads: number; parts: string } {
  const parts = new Map<string, number>();
  const counted = requests.filter(({ verb }) => writing.has(verb) || reading.has(verb));
  for (const { verb, resource } of counted)
    parts.set(`${verb} ${resource}`, (parts.get(`${verb} ${resource}`) ?? 0) + 1);
  const of = (verbs: Set<string>) => counted.filter(({ verb }) => verbs.has(verb)).length / per;
  const sorted = [...parts].toSorted(([, a], [, b]) => b - a);
  const words = sorted.map(([part, count]) => `${Number((count / per).toFixed(2))} ${part}`);
  return { writes: of(writing), reads: of(reading), parts: words.join(', ') };
}

/** Returns the requests of clients whose user agent begins with `agent`, of an audit log of the API server. */
export function auditedRequests(log: string, agent: string): Request[] {
  return log.split('\n').flatMap((line) => {
    if (line === '') return [];
    const { verb, userAgent, objectRef, stage } = JSON.parse(line) as AuditEvent;
    if (stage !== 'ResponseComplete' || !userAgent?.startsWith(agent) || objectRef?.resource === undefined) return [];
    const { resource, subresource, name } = objectRef;
    return [{ verb, resource: withSubresource(resource, subresource), name }];
  });
}

export function withSubresource(resource: string, subresource: string | undefined): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

interface AuditEvent {
  verb: string;
  stage: string;
  userAgent?: string;
  objectRef?: { resource?: string; subresource?: string; name?: string };
}
