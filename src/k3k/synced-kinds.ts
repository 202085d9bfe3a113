import { optInKinds } from '../syncer/registry.ts';
import type { ClusterSpec } from './types.ts';

/** Kinds that have a field of `spec.sync`: a policy says more of them than arguments of the servers do. */
const withField = { ingresses: 'ingresses', priorityclasses: 'priorityClasses' } as const;

/**
 * Returns the words of `--sync` for what crosses to the host besides what always does: as `spec.sync` says, and what the arguments of the servers name of the
 * kinds that have no field there, and are no custom resources.
 */
export function syncedKinds({ sync, serverArgs }: Pick<ClusterSpec, 'sync' | 'serverArgs'>): string[] {
  const switched = Object.entries(withField).filter(([, field]) => sync?.[field]?.enabled === true);
  const named = valuesOf(serverArgs ?? [], '--sync');
  const others = optInKinds.map(({ name }) => name).filter((name) => !Object.hasOwn(withField, name));
  return [...switched.map(([word]) => word), ...others.filter((word) => named.includes(word))];
}

/** Returns what `args` give to `flag`, which takes several values. */
function valuesOf(args: readonly string[], flag: string): string[] {
  return args
    .flatMap((arg, index) => {
      if (arg === flag) return args[index + 1] ?? [];
      return arg.startsWith(`${flag}=`) ? arg.slice(flag.length + 1) : [];
    })
    .flatMap((value) => value.split(','));
}
