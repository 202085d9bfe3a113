import { type Found, countByKind, wordFor } from './find-made.ts';
import type { OwnRecords } from './own-records.ts';

/** Returns what there is on the host, as a person reads it. `closed` are kinds that were not looked at. */
export function showFound({
  found: { own, lookalikes },
  records: { claim, keys, kubeconfigs },
  closed,
  server,
  namespace,
  id,
}: {
  found: Found;
  records: OwnRecords;
  closed: readonly string[];
  server: string;
  namespace: string;
  id: string;
}): string {
  const records: [string, number][] = [
    ...(kubeconfigs.length > 0 ? [['the kubeconfig of its tenant', kubeconfigs.length] as [string, number]] : []),
    ...(keys ? [['the keys of its replicas', 1] as [string, number]] : []),
    ...(claim ? [['the claim of its id', 1] as [string, number]] : []),
  ];
  const rows = [...countByKind(own), ...records];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = [
    rows.length === 0
      ? `nothing of "${id}" is in namespace ${namespace} of ${server}`
      : `"${id}" in namespace ${namespace} of ${server}:`,
    ...rows.map(([name, count]) => `  ${name.padEnd(width)}  ${String(count).padStart(5)}`),
    ...(lookalikes.length > 0
      ? [`left alone, as k3v did not make it, though it has its label: ${lookalikes.map(wordFor).join(', ')}`]
      : []),
    ...(closed.length > 0
      ? [
          `not looked at, as the credentials may not list and delete it, and k3v makes it only where --sync says so: ${closed.join(', ')}`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
