import { createInterface } from 'node:readline';
import type { Options } from 'execa';
import { K3vError } from '../errors.ts';

/** How `go` is called: same flags everywhere, so that all builds share Go's cache. */
export interface GoCall {
  moduleDir: string;
  cgo: boolean;
  /** What is built for. Default: this machine. */
  target?: GoTarget | undefined;
  signal: AbortSignal;
  /** Gets every line of standard error as it comes. */
  onStderr?: (line: string) => void;
}

/** Runs `go` in the module and returns its standard output. Rejects with K3vError, see `goError`. */
export async function runGo(call: GoCall, args: readonly string[]): Promise<string> {
  const options = {
    cwd: call.moduleDir,
    // The pinned versions are built with what is installed; never with a tool chain fetched in secret.
    env: {
      GOTOOLCHAIN: 'local',
      GOFLAGS: '-buildvcs=false',
      GOWORK: 'off',
      CGO_ENABLED: call.cgo ? '1' : '0',
      ...goVariables(call.target),
    },
    cancelSignal: call.signal,
    // Go ends its compilers on SIGINT only.
    killSignal: 'SIGINT',
    stdin: 'ignore',
    reject: false,
  } satisfies Options;
  // Loaded late, as it takes 7 MB, and a start that builds nothing has no use for it.
  const { execa } = await import('execa');
  const child = execa('go', args, options);
  const { onStderr } = call;
  if (onStderr && child.stderr) createInterface({ input: child.stderr }).on('line', onStderr);
  const result = await child;
  call.signal.throwIfAborted();
  if (!result.failed) return result.stdout;
  if (result.code === 'ENOENT') {
    throw new K3vError('BUILD_TOOL_MISSING', 'go is not installed, or not on PATH', { hint: installHint });
  }
  throw goError(result.stderr ?? '', result.shortMessage ?? 'go failed');
}

const installHint = 'Install Go from your package manager or from the Go project, or use --distro k3s.';

const causes = [
  {
    pattern: /requires go >= \S+|unknown (directive|block type): (toolchain|tool|godebug|ignore)|invalid go version/,
    code: 'BUILD_TOOL_MISSING',
    hint: installHint,
  },
  { pattern: /no space left on device/, code: 'DISK_FULL', hint: 'Free some space; a build needs about 4 GB.' },
  { pattern: /SECURITY ERROR|checksum mismatch/, code: 'CHECKSUM_MISMATCH', hint: 'Do not trust this module proxy.' },
  {
    pattern:
      /dial tcp|no such host|i\/o timeout|connection refused|TLS handshake|unexpected EOF|module lookup disabled/,
    code: 'BUILD_FAILED',
    hint: 'The Go modules could not be fetched: check the network and the GOPROXY setting (`go env GOPROXY`).',
  },
] as const;

/** Returns what went wrong in a run of go: `BUILD_TOOL_MISSING` (too old), `DISK_FULL`, `CHECKSUM_MISMATCH` or `BUILD_FAILED`. */
export function goError(stderr: string, summary: string): K3vError {
  const lines = stderr.split('\n').filter((line) => line !== '' && !isPackageLine(line) && !isDownloadLine(line));
  const cause = causes.find(({ pattern }) => lines.some((line) => pattern.test(line)));
  const message = `${summary.split('\n')[0] ?? 'go failed'}${lines.length === 0 ? '' : `\n${lines.slice(-15).join('\n')}`}`;
  return new K3vError(cause?.code ?? 'BUILD_FAILED', message, cause ? { hint: cause.hint } : {});
}

/** Whether `go build -v` says with `line` that it has begun to compile a package. */
export function isPackageLine(line: string): boolean {
  return /^[\w.~-]+(\/[\w.~+-]+)*$/.test(line);
}

export function isDownloadLine(line: string): boolean {
  return line.startsWith('go: downloading ');
}

/** In Node's words. */
export interface GoTarget {
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
}

/** Returns the platform in Go's words. Default: that of this process. */
export function goVariables({ platform, arch }: GoTarget = process): { GOOS: string; GOARCH: string } {
  const systems: Record<string, string> = { win32: 'windows', sunos: 'solaris' };
  const machines: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
  return { GOOS: systems[platform] ?? platform, GOARCH: machines[arch] ?? arch };
}
