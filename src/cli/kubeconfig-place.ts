import { K3vError } from '../errors.ts';
import { type GivenFlags, isOn, textIn } from './given-flags.ts';
import type { OwnFlag } from './own-flags.ts';

/** Where a kubeconfig goes. */
export interface KubeconfigPlace {
  /** A file; undefined: standard output, or, with `merge`, the one that kubectl reads. */
  to: string | undefined;
  /** Whether it is added to what the file holds. */
  merge: boolean;
  /** Whether its context becomes the current one there. */
  use: boolean;
}

export const mergeFlags = {
  merge: {
    type: 'boolean',
    describe:
      'add it, as a context k3k-<name> or <namespace>/<name>, to the kubeconfig that kubectl reads, or to the file of --to; nothing else there changes',
  },
  'use-context': {
    type: 'boolean',
    describe: 'with --merge: make that context the current one; else it is only where there is none',
  },
} as const satisfies Record<string, OwnFlag>;

/** Returns the place that is asked for, `preset` if none is. Throws FLAG_INVALID. */
export function kubeconfigPlace(given: GivenFlags, preset?: string): KubeconfigPlace {
  const [merge, use] = [isOn(given, 'merge'), isOn(given, 'use-context')];
  if (use && !merge) {
    throw new K3vError('FLAG_INVALID', '--use-context goes with --merge', {
      hint: 'A file of its own has no other context.',
    });
  }
  return { to: textIn(given, 'to') ?? (merge ? undefined : preset), merge, use };
}
