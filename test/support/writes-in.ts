const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Returns how many requests to write objects of `plurals` an API server has had so far, of all its clients, refused ones too. `raw` gets what stands at a path. */
export async function writesIn(raw: (path: string) => Promise<string>, plurals: string[]): Promise<number> {
  let writes = 0;
  for (const line of (await raw('/metrics')).split('\n')) {
    const [, labels = '', value = ''] = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line) ?? [];
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (writing.has(label('verb')) && plurals.includes(label('resource'))) writes += Number(value);
  }
  return writes;
}
