import { K3vError } from '../errors.ts';
import type { ControlPlaneOptions, DistroName } from './control-plane.ts';
import type { Distro, PreparedDistro } from './distro.ts';

/** What a start was asked for, and what the data directory was made with, if it is not new. */
export interface DistroQuestion {
  asked: DistroName | 'auto';
  k3sBinary: string | undefined;
  /** Only the kubernetes distro has it. */
  kubernetesVersion?: string | undefined;
  recorded: DistroName | undefined;
  /** The one that the packaged k3v carries. */
  bundled?: DistroName | undefined;
  dataDir: string;
}

/** The distros to try in order, and why these. */
export interface DistroChoice {
  candidates: readonly DistroName[];
  why: string;
}

export interface PreparedChoice {
  distro: Distro;
  prepared: PreparedDistro;
  /** One sentence for the log. */
  why: string;
}

/** Codes that mean "this machine cannot have that distro", which is no reason not to try the next one. */
const unavailable: readonly string[] = ['DISTRO_UNAVAILABLE', 'DOWNLOAD_FAILED', 'BUILD_TOOL_MISSING'];

/**
 * Returns which distros may run on the data directory. Throws K3vError `DATA_DIR_DISTRO` when the one asked for is not
 * the one it was made with: their databases are not each other's; FLAG_INVALID when a version of Kubernetes is asked of k3s.
 */
export function chooseDistro(question: DistroQuestion): DistroChoice {
  const { recorded, dataDir } = question;
  const { flag, wanted } = wish(question);
  if (wanted === 'k3s' && question.kubernetesVersion !== undefined) {
    throw new K3vError(
      'FLAG_INVALID',
      `--kubernetes-version is given with ${flag}${flag === '--distro' ? ' k3s' : ''}`,
      {
        hint: 'k3s brings its own Kubernetes: choose another release of it with --k3s-binary, or --distro kubernetes.',
      },
    );
  }
  if (recorded !== undefined) {
    if (wanted !== 'auto' && wanted !== recorded) {
      const given = flag === '--distro' ? `--distro ${wanted}` : flag;
      throw new K3vError('DATA_DIR_DISTRO', `${dataDir} was made with the distro ${recorded}, but ${given} is given`, {
        hint: `Leave ${flag} out, or use another --data-dir.`,
      });
    }
    return { candidates: [recorded], why: 'the data directory was made with it' };
  }
  if (wanted !== 'auto') return { candidates: [wanted], why: `${flag} is given` };
  const candidates: DistroName[] = question.bundled === 'kubernetes' ? ['kubernetes', 'k3s'] : ['k3s', 'kubernetes'];
  return { candidates, why: 'it is the first that this machine can have' };
}

function wish({ asked, k3sBinary, kubernetesVersion }: DistroQuestion): { flag: string; wanted: DistroName | 'auto' } {
  if (asked !== 'auto') return { flag: '--distro', wanted: asked };
  if (k3sBinary !== undefined) return { flag: '--k3s-binary', wanted: 'k3s' };
  if (kubernetesVersion !== undefined) return { flag: '--kubernetes-version', wanted: 'kubernetes' };
  return { flag: '--distro', wanted: 'auto' };
}

/** Prepares the first candidate that this machine can have. Rejects with `DISTRO_UNAVAILABLE` when several were tried in vain. */
export async function prepareFirst(
  choice: DistroChoice,
  distros: Readonly<Record<DistroName, Distro>>,
  options: ControlPlaneOptions,
  signal: AbortSignal,
): Promise<PreparedChoice> {
  const failures: K3vError[] = [];
  for (const name of choice.candidates) {
    const distro = distros[name];
    try {
      return { distro, prepared: await distro.prepare(options, signal), why: choice.why };
    } catch (error) {
      if (!(error instanceof K3vError) || !unavailable.includes(error.code)) throw error;
      failures.push(error);
      if (choice.candidates.length > 1) {
        options.log.info({ distro: name, code: error.code, reason: error.message }, 'this distro cannot be had here');
      }
    }
  }
  const [first] = failures;
  if (first !== undefined && failures.length === 1) throw first;
  const reasons = failures.map((error, index) => `${choice.candidates[index]}: ${error.message}`);
  throw new K3vError('DISTRO_UNAVAILABLE', `no control plane can be had on this machine\n${reasons.join('\n')}`, {
    hint: 'Give a k3s binary with --k3s-binary, or install Go and let k3v build one.',
  });
}
