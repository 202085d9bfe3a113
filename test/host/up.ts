// `npm run host:up [nodes]`: starts a real host cluster on this machine for use by hand. `npm run host:down` ends it.
import { terminalProgress } from '../../src/cli/terminal-progress.ts';
import { startRealHost } from './real-host.ts';
import { realHostUnavailable } from './requirements.ts';

try {
  const unavailable = await realHostUnavailable();
  if (unavailable !== undefined) throw new Error(unavailable);
  const nodes = Number(process.argv[2] ?? 1);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 9) throw new Error(`nodes: '${process.argv[2]}' is not 1 to 9`);
  const host = await startRealHost({ name: 'hand', nodes, stays: true, progress: terminalProgress(process.stderr) });
  process.stdout.write(`export KUBECONFIG=${host.kubeconfig}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
