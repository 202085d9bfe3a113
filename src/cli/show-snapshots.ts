/** A snapshot as `k3v snapshot list` shows it. */
interface ShownSnapshot {
  name: string;
  /** Bytes. */
  size: number;
  takenAt: string | undefined;
  kubernetes: string | undefined;
  whole: boolean;
}

/** Returns a table for people. */
export function showSnapshots(snapshots: ShownSnapshot[]): string {
  if (snapshots.length === 0) return 'no snapshots\n';
  const rows = snapshots.map(({ name, size, takenAt, kubernetes, whole }) => [
    name,
    takenAt?.replace(/\.\d+Z$/, 'Z') ?? '-',
    megabytes(size),
    kubernetes ?? '-',
    whole ? 'holds' : 'BROKEN',
  ]);
  const table = [['NAME', 'TIME', 'SIZE', 'KUBERNETES', 'CHECKSUM'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ');
  return `${table.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

/** Returns a size as people read it, such as `1.2 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
