/** One row: who it is about, and what becomes of a change by the tenant and of one on the host. */
export interface OwnershipRow {
  title: string;
  tenant: string;
  host: string;
}

/** Returns the rows of the table below the heading `## <heading>` in the Markdown `text`. */
export function ownershipTable(text: string, heading: string): OwnershipRow[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const [, , ...lines] = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) => {
    const [, kind = '', which = '', tenant = '', host = ''] = line.split('|').map((cell) => cell.trim());
    return { title: `${kind}: ${which}`, tenant, host };
  });
}
