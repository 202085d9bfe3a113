import { resolve } from 'node:path';
import type { Bundle } from './bundle/bundle.ts';
import type { Config } from './cli/config.ts';
import type { DoctorWish } from './cli/doctor-command.ts';
import type { Paint } from './cli/paint.ts';
import { findingsJson, hasFailed, showFindings } from './cli/show-findings.ts';
import { checks } from './doctor/checks.ts';
import { createFacts } from './doctor/facts.ts';
import { type CheckReport, runChecks } from './doctor/run-checks.ts';
import { loadKubeconfig } from './host/load-kubeconfig.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import type { SyncRule } from './syncer/sync-rules.ts';

/** Does what `k3v doctor` says, and resolves with whether nothing failed. Rejects with FLAG_INVALID for a `--sync` that there is not. */
export async function runDoctorCommand(
  { json, probeImage }: DoctorWish,
  {
    config,
    rules,
    env,
    cacheDir,
    bundle,
    paint,
    say,
    signal,
  }: {
    config: Config;
    rules: ReadonlyMap<string, SyncRule>;
    env: Record<string, string | undefined>;
    cacheDir: string;
    /** What the packaged k3v carries. */
    bundle: Bundle | undefined;
    paint: Paint;
    say: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<boolean> {
  const facts = createFacts({
    config,
    sync: chooseKinds(config.sync, { rules }),
    dataDir: resolve(config.dataDir),
    cacheDir,
    bundle,
    probeImage,
    kubeconfig: () => (config.host === 'embedded' ? undefined : loadKubeconfig({ ...config, env })),
  });
  const reports: CheckReport[] = [];
  try {
    for await (const report of runChecks(checks, facts, signal)) {
      reports.push(report);
      if (!json) say(showFindings(report, paint));
    }
  } finally {
    facts.close();
  }
  if (json) say(findingsJson(reports));
  return !hasFailed(reports);
}
