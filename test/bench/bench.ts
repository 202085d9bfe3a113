// `npm run bench`: prints figures of k3v on the embedded host. Times depend on the machine; compare them within one run.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { build } from 'esbuild';
import { clientFromKubeConfig } from '../../src/kube/client-from-kubeconfig.ts';
import { parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import { type Pod, resources } from '../../src/kube/types.ts';
import { marks } from '../../src/translate/translator.ts';
import { eventually } from '../support/eventually.ts';
import { startK3v } from '../support/k3v-process.ts';
import { residentMegabytes } from '../support/process-figures.ts';
import { print } from './print.ts';

const args = ['--host', 'embedded', '--listen-port', '27543'];
const perSecond = 10;
const seconds = 10;
const settleMs = 2_000;

const folder = await mkdtemp(join(tmpdir(), 'k3v-bench-'));
try {
  await (await startK3v(folder, args)).end('SIGTERM');
  const bundled = await bundleMegabytes();
  const began = performance.now();
  const k3v = await startK3v(folder, args);
  const startMs = performance.now() - began;
  try {
    const stepMs = stepTimes(k3v.lines());
    print('warm start, all of it', `${startMs.toFixed(0)} ms`);
    for (const [title, ms] of stepMs) print(`  of it: ${title}`, `${ms} ms`);
    await sleep(settleMs);
    print('RSS of k3v, idle', `${residentMegabytes(k3v.pid)} MB`);
    print('RSS of k3v, idle, bundled', `${bundled} MB`);
    const latencies = await createToHost(
      clientOf(k3v.kubeconfig),
      clientOf(join(folder, 'k3v-data/embedded-host/kubeconfig.yaml')),
    );
    print(`create in virtual → host pod seen, ${perSecond}/s, p50`, `${percentile(latencies, 50)} ms`);
    print(`create in virtual → host pod seen, ${perSecond}/s, p99`, `${percentile(latencies, 99)} ms`);
    print(`RSS of k3v, ${latencies.length} pods`, `${residentMegabytes(k3v.pid)} MB`);
  } finally {
    await k3v.end('SIGTERM');
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function clientOf(kubeconfig: string): KubeClient {
  return clientFromKubeConfig(parseKubeconfig(readFileSync(kubeconfig, 'utf8')));
}

function stepTimes(lines: string[]): [string, number][] {
  return lines.flatMap((line) => {
    const record: unknown = JSON.parse(line);
    const { msg, step, ms } = Object(record) as { msg: string; step: string; ms: number };
    return msg === 'step done' ? [[step, ms] satisfies [string, number]] : [];
  });
}

/** Returns the resident memory of k3v bundled by esbuild, as it will be shipped: nothing is compiled from TypeScript there. */
async function bundleMegabytes(): Promise<number> {
  // Within the tree, so that it finds the native part of LevelDB and the modules of the control plane.
  const outdir = join(import.meta.dirname, '../../dist/bench');
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/main.ts')],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['classic-level'],
    banner: {
      js: "import { createRequire as k3vRequire } from 'node:module'; const require = k3vRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const k3v = await startK3v(folder, args, { program: join(outdir, 'main.mjs') });
  try {
    await sleep(settleMs);
    return residentMegabytes(k3v.pid);
  } finally {
    await k3v.end('SIGTERM');
    await rm(outdir, { recursive: true });
  }
}

/** Creates pods at a steady pace; returns the milliseconds from each answered create until a watch shows the host pod. */
async function createToHost(virtual: KubeClient, host: KubeClient): Promise<number[]> {
  const ending = new AbortController();
  const created = new Map<string, number>();
  const seen = new Map<string, number>();
  const { resourceVersion } = await host.list<Pod>(resources.pods);
  const watching = (async () => {
    const options = { resourceVersion, timeoutSeconds: 300, signal: ending.signal };
    for await (const { type, object } of host.watch<Pod>(resources.pods, options)) {
      if (type === 'ADDED') seen.set(object.metadata.annotations?.[marks.ownerName] ?? '', performance.now());
    }
  })().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  for (let index = 0; index < perSecond * seconds; index++) {
    const name = `bench-${index}`;
    await virtual.create<Pod>(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'nginx' }] },
    });
    created.set(name, performance.now());
    await sleep(1000 / perSecond);
  }
  await eventually(() => {
    if (seen.size < created.size) throw new Error(`${created.size - seen.size} pods are not on the host`);
  });
  ending.abort();
  await watching;
  virtual.close();
  host.close();
  return [...created].map(([name, at]) => Math.max(0, (seen.get(name) ?? 0) - at));
}

function percentile(values: number[], percent: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0).toFixed(1);
}
