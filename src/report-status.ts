import { type Status, statusFile } from './cli/status.ts';
import type { Logger } from './log.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

const everyMs = 2_000;

/** Writes what `status` returns into `<dataDir>/status.json`, now and every two seconds; resolves, after the first time, with the function that ends this. */
export async function startStatusReports(dataDir: string, status: () => Status, log: Logger): Promise<() => void> {
  const report = async () => await writeFileAtomically(statusFile(dataDir), JSON.stringify(status()));
  await report();
  const timer = setInterval(
    () => void report().catch((err: unknown) => log.warn({ err }, 'could not write status')),
    everyMs,
  );
  return () => clearInterval(timer);
}
