import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { PodPair } from './cluster-view.ts';
import { hasContainer } from './has-container.ts';

/** Lines are sent on in pieces of about this size. */
const pieceLength = 16 * 1024;

/**
 * Returns the metrics in `text` (Prometheus' text format) that are about `pods`, in virtual names; of the machine's own and of the pods of
 * others nothing is left.
 */
export function tenantCadvisor(text: Readable, hostNamespace: string, pods: PodPair[]): Readable {
  const byHostName = new Map(pods.map((pair) => [pair.host.metadata.name, pair]));
  async function* lines() {
    let piece = '';
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
      const translated = tenantLine(line, hostNamespace, byHostName);
      if (translated === undefined) continue;
      piece += `${translated}\n`;
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
  }
  return Readable.from(lines());
}

/** Returns the line as the tenant may see it, or undefined if it may not. */
export function tenantLine(
  line: string,
  hostNamespace: string,
  byHostName: ReadonlyMap<string, PodPair>,
): string | undefined {
  if (line.startsWith('#')) return line;
  const namespace = /[{,]namespace="([^"]*)"/.exec(line)?.[1];
  const pod = /[{,]pod="([^"]*)"/.exec(line)?.[1];
  const pair = namespace === hostNamespace && pod ? byHostName.get(pod) : undefined;
  if (!pair) return undefined;
  const { virtual, host } = pair;
  const hostUid = host.metadata.uid ?? '';
  const uid = virtual.metadata.uid ?? '';
  const container = /[{,]container="([^"]*)"/.exec(line)?.[1] ?? '';
  if (container !== '' && !hasContainer(virtual, container)) return undefined;
  const renamed = line
    .replace(/([{,]namespace=")[^"]*"/, `$1${virtual.metadata.namespace ?? ''}"`)
    .replace(/([{,]pod=")[^"]*"/, `$1${virtual.metadata.name}"`);
  // Control groups are named after the pod's UID, which systemd writes with underscores.
  return hostUid === ''
    ? renamed
    : renamed.replaceAll(hostUid, uid).replaceAll(hostUid.replaceAll('-', '_'), uid.replaceAll('-', '_'));
}
