// `npm run conformance`: Kubernetes' own conformance tests on a bare real host and on a virtual cluster on it, compared spec by spec.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { terminalProgress } from '../../src/cli/terminal-progress.ts';
import { untilInterrupted } from '../../src/cli/until-interrupted.ts';
import { silentLog } from '../../src/log.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { agnhostPrograms } from '../host/conformance-images.ts';
import { buildE2ePrograms, type E2ePrograms } from '../host/conformance-programs.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { startConformanceHost, startVirtualOn } from './clusters.ts';
import { compareWorlds, rowsOf } from './comparison.ts';
import { type E2eTest, listSpecs, runSpecs } from './e2e-test.ts';
import { type ConformanceOptions, readOptions } from './options.ts';
import { addResults, readResults } from './results.ts';
import { runAll } from './run-all.ts';
import { type Result, type Spec, specOf } from './spec.ts';
import { tableOf } from './table.ts';

const batchSize = 8;
const conformance = '\\[Conformance\\]';

type World = ConformanceOptions['on'][number];

try {
  await main(await readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(options: ConformanceOptions): Promise<void> {
  const unavailable = await realHostUnavailable(agnhostPrograms);
  if (unavailable !== undefined) throw new Error(unavailable);
  const { signal, dispose } = untilInterrupted(process);
  const progress = terminalProgress(process.stderr);
  const programs = await buildE2ePrograms({ cacheDir: cacheDir(), log: silentLog, progress }, signal);
  // Results hold for one version of the tests.
  const folder = join(cacheDir(), 'conformance', basename(dirname(programs.e2e)));
  await mkdir(folder, { recursive: true });
  const test: E2eTest = { program: programs.e2e, kubectl: await kubectlProgram() };
  const specs = (await listSpecs(test, conformance, join(folder, 'list.json')))
    .map(specOf)
    .filter(({ name, sig }) => options.focus.test(name) && (options.sigs.length === 0 || options.sigs.includes(sig)))
    .sort((a, b) => options.sigs.indexOf(a.sig) - options.sigs.indexOf(b.sig) || a.sig.localeCompare(b.sig));
  if (options.list) process.stdout.write(specs.map(({ name }) => `${name}\n`).join(''));
  else await runAndCompare({ options, folder, programs, test, specs }, signal);
  dispose();
}

interface Session {
  options: ConformanceOptions;
  folder: string;
  programs: E2ePrograms;
  test: E2eTest;
  specs: Spec[];
}

async function runAndCompare(session: Session, signal: AbortSignal): Promise<void> {
  const { options, folder, specs } = session;
  const missing = new Map<World, Spec[]>();
  for (const world of options.on) {
    const known = options.fresh ? new Map<string, Result>() : await readResults(resultsFile(folder, world));
    const isMissing = ({ name }: Spec) => {
      const outcome = known.get(name)?.outcome;
      return outcome === undefined || (options.again && outcome !== 'passed');
    };
    const those = specs.filter(isMissing);
    if (those.length > 0) missing.set(world, those);
  }
  if (missing.size > 0) await runMissing(session, missing, signal);
  if (signal.aborted) process.stderr.write(`${signal.reason}; run it again to go on from here\n`);
  const host = await readResults(resultsFile(folder, 'host'));
  const virtual = await readResults(resultsFile(folder, 'virtual'));
  const verdicts = compareWorlds(specs, host, virtual);
  const report = join(folder, 'report.json');
  await writeFile(report, JSON.stringify({ rows: rowsOf(verdicts), verdicts }, undefined, 2));
  process.stdout.write(`${tableOf(rowsOf(verdicts), verdicts)}\n${report}\n`);
}

/** Both clusters at the same time, as most specs mostly wait; but no spec that has to be alone beside another. */
async function runMissing(session: Session, missing: Map<World, Spec[]>, signal: AbortSignal): Promise<void> {
  const host = await startConformanceHost(session.programs);
  try {
    const cluster = missing.has('virtual') ? await startVirtualOn(host, join(session.folder, 'k3v.log')) : undefined;
    const run = async (world: World, serial: boolean) => {
      const specs = (missing.get(world) ?? []).filter((spec) => spec.serial === serial);
      const { kubeconfig } = (world === 'virtual' ? cluster : undefined) ?? host;
      const workers = serial ? 1 : Math.max(1, Math.ceil(session.options.workers / session.options.on.length));
      await runOn({ ...session, specs }, { world, kubeconfig, workers }, signal);
    };
    try {
      const worlds = [...missing.keys()];
      await Promise.all(worlds.map(async (world) => await run(world, false)));
      for (const world of worlds) await run(world, true);
    } finally {
      await cluster?.stop();
    }
  } finally {
    await host.stop();
  }
}

async function runOn(
  session: Session,
  { world, kubeconfig, workers }: { world: World; kubeconfig: string; workers: number },
  signal: AbortSignal,
): Promise<void> {
  const { options, folder, test, specs } = session;
  const { limitMs } = options;
  let ended = 0;
  await runAll(
    {
      specs,
      workers,
      batchSize,
      limitMs,
      run: (those, worker) => {
        const reportFile = join(folder, `${world}-${worker}.json`);
        return runSpecs(test, { kubeconfig, specs: those, limitMs, reportFile }, signal);
      },
      onResult: async (result, report) => {
        await addResults(resultsFile(folder, world), [result]);
        const detail = result.outcome === 'passed' ? '' : `\n      ${result.reason}`;
        const place = `${world} ${++ended}/${specs.length}`;
        process.stderr.write(`${place} ${result.outcome} ${result.seconds}s ${result.name}${detail}\n`);
        if (result.outcome === 'passed' || report === undefined) return;
        const log = logFile(folder, world, result.name);
        await mkdir(dirname(log), { recursive: true });
        await writeFile(log, `${result.name}\n\n${report.message}\n\n${report.output}`);
        process.stderr.write(`      ${log}\n`);
      },
    },
    signal,
  );
}

function resultsFile(folder: string, world: World): string {
  return join(folder, `${world}.jsonl`);
}

function logFile(folder: string, world: World, name: string): string {
  const short = name
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/[^\w]+/g, '-')
    .slice(0, 80);
  return join(folder, world, `${short}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}.log`);
}
