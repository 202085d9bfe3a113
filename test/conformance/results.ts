import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Outcome, Result } from './spec.ts';

const outcomes: Record<Outcome, true> = { passed: true, failed: true, 'no-image': true, skipped: true };

/** Adds to the results in `file`; they are kept one a line, so that a run that is cut off loses none. */
export async function addResults(file: string, results: readonly Result[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
}

/** Returns the last result of each spec in `file`; none if there is no file. */
export async function readResults(file: string): Promise<Map<string, Result>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return new Map(
    text
      .split('\n')
      .flatMap(parseResult)
      .map((result) => [result.name, result]),
  );
}

/** A line that was cut off in the middle is none. */
function parseResult(line: string): Result[] {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return [];
    if (!('name' in value && 'outcome' in value && 'seconds' in value && 'reason' in value)) return [];
    const { name, outcome, seconds, reason } = value;
    if (typeof name !== 'string' || typeof seconds !== 'number' || typeof reason !== 'string') return [];
    return isOutcome(outcome) ? [{ name, outcome, seconds, reason }] : [];
  } catch {
    return [];
  }
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'string' && Object.hasOwn(outcomes, value);
}
