import { K3vError } from '../errors.ts';
import type { OwnFlag } from './own-flags.ts';

/** A flag that the environment sets. */
interface SetByVariable {
  variable: string;
  text: string;
}

/** Returns what the environment says of the flag `name`, in the words of K3K: `K3K_SERVERS` for `--servers`. As there, an empty variable says nothing. */
export function k3kVariable(
  name: string,
  { also = [] }: Pick<OwnFlag, 'also'>,
  env: Record<string, string | undefined>,
): SetByVariable | undefined {
  for (const each of [name, ...also]) {
    const variable = `K3K_${each.replaceAll('-', '_').toUpperCase()}`;
    const text = env[variable];
    // In a pod beside a Service that is called k3k, Kubernetes sets K3K_PORT to an address of that.
    if (text && !text.startsWith('tcp://')) return { variable, text };
  }
  return undefined;
}

/** Returns `error`; if it is of a flag, and `variables` of the environment have set some, it names those, as nobody looks for them there. */
export function namingVariables(error: unknown, variables: readonly string[]): unknown {
  if (!(error instanceof K3vError) || error.code !== 'FLAG_INVALID' || variables.length === 0) return error;
  const { message, hint } = error;
  const said = `In the environment ${variables.join(', ')} ${variables.length === 1 ? 'is' : 'are'} set.`;
  return new K3vError('FLAG_INVALID', message, { hint: hint === undefined ? said : `${hint} ${said}`, cause: error });
}
