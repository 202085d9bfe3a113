import type { Paint } from './paint.ts';

/** What one check has found, as `k3v doctor` shows it. */
interface ShownReport {
  name: string;
  findings: { status: 'ok' | 'warn' | 'fail' | 'skip'; what: string; todo?: string }[];
}

const nameWidth = 15;

/** Returns what one check has found as lines for people; what is to be done stands below what was found. */
export function showFindings({ name, findings }: ShownReport, { green, yellow, red }: Paint): string {
  const marks: Record<ShownReport['findings'][number]['status'], string> = {
    ok: green('✓'),
    warn: yellow('!'),
    fail: red('✗'),
    skip: '-',
  };
  const lines = findings.flatMap((finding, index) => {
    const label = (index === 0 ? name : '').padEnd(nameWidth);
    const todo = finding.todo !== undefined ? [`${' '.repeat(nameWidth + 2)}→ ${finding.todo}`] : [];
    return [`${marks[finding.status]} ${label}${finding.what}`, ...todo];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns what all have found as JSON: `ok` says whether nothing failed. */
export function findingsJson(reports: readonly ShownReport[]): string {
  const findings = reports.flatMap((report) => report.findings.map((finding) => ({ check: report.name, ...finding })));
  return `${JSON.stringify({ ok: !hasFailed(reports), findings }, null, 2)}\n`;
}

/** Whether something failed. */
export function hasFailed(reports: readonly ShownReport[]): boolean {
  return reports.some(({ findings }) => findings.some(({ status }) => status === 'fail'));
}
