import { readFile, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { focusOn } from './batches.ts';
import { parseGinkgoReport, type SpecReport } from './ginkgo-report.ts';
import type { Spec } from './spec.ts';

/** Kubernetes' end-to-end tests, and what they are run with. */
export interface E2eTest {
  program: string;
  kubectl: string;
}

export interface E2eRun {
  kubeconfig: string;
  specs: readonly Spec[];
  /** A spec that takes longer is interrupted. */
  limitMs: number;
  /** For the report of e2e.test; written over. */
  reportFile: string;
}

/** After an interruption a spec may clean up. */
const cleanUpMs = 90_000;

/** Returns every spec whose name fits the regular expression `focus`. */
export async function listSpecs({ program }: E2eTest, focus: string, reportFile: string): Promise<SpecReport[]> {
  const flags = ['--ginkgo.dry-run', `--ginkgo.focus=${focus}`, `--ginkgo.json-report=${reportFile}`];
  await execa(program, [...flags, '--provider=skeleton'], { stdin: 'ignore' });
  const all = parseGinkgoReport(await readFile(reportFile, 'utf8'));
  await rm(reportFile);
  return all.filter(({ state }) => state === 'passed');
}

/**
 * Runs specs one after the other and returns their reports. A spec over the limit is reported as `interrupted`, those after it are not run.
 * Rejects with the last lines of output if e2e.test ends without a report.
 */
export async function runSpecs({ program, kubectl }: E2eTest, run: E2eRun, signal: AbortSignal): Promise<SpecReport[]> {
  const { kubeconfig, specs, limitMs, reportFile } = run;
  await rm(reportFile, { force: true });
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    `--kubectl-path=${kubectl}`,
    '--provider=skeleton',
    '--disable-log-dump',
    `--ginkgo.focus=${focusOn(specs)}`,
    '--ginkgo.v',
    '--ginkgo.no-color',
    '--ginkgo.timeout=24h',
    `--ginkgo.json-report=${reportFile}`,
  ];
  const child = execa(program, flags, {
    all: true,
    reject: false,
    stdin: 'ignore',
    // It is told to end by this process, not by the terminal.
    detached: true,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const interrupt = () => {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), cleanUpMs).unref();
  };
  const timer = setTimeout(interrupt, limitMs);
  signal.addEventListener('abort', interrupt, { once: true });
  createInterface({ input: child.all }).on('line', (line) => {
    // The line that ginkgo writes when a spec has ended.
    if (/^[•SP] .*\[\d+\.\d+ seconds\]$/.test(line)) timer.refresh();
  });
  const { all } = await child;
  clearTimeout(timer);
  signal.removeEventListener('abort', interrupt);
  const text = await readFile(reportFile, 'utf8').catch(() => undefined);
  await rm(reportFile, { force: true });
  if (text === undefined) throw new Error(`e2e.test ended without a report:\n${all.split('\n').slice(-30).join('\n')}`);
  const names = new Set(specs.map(({ name }) => name));
  return parseGinkgoReport(text).filter(({ name }) => names.has(name));
}
