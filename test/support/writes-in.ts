const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const listing = new Set(['LIST']);

/** Gets what stands at a path of an API server. */
type Raw = (path: string) => Promise<string>;

/** Returns how many requests to write objects of `plurals` an API server has had so far, of all its clients, refused ones too; not those that only ask what would come of a write (dry runs). */
export async function writesIn(raw: Raw, plurals: string[]): Promise<number> {
  return await requestsIn(raw, writing, plurals);
}

/** Returns how many requests to list objects of `plurals` an API server has had so far, of all its clients, a page each. */
export async function listsIn(raw: Raw, plurals: string[]): Promise<number> {
  return await requestsIn(raw, listing, plurals);
}

async function requestsIn(raw: Raw, verbs: Set<string>, plurals: string[]): Promise<number> {
  let requests = 0;
  for (const line of (await raw('/metrics')).split('\n')) {
    const [, labels = '', value = ''] = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line) ?? [];
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (label('dry_run') !== '') continue;
    if (verbs.has(label('verb')) && plurals.includes(label('resource'))) requests += Number(value);
  }
  return requests;
}
