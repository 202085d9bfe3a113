import type { Pod } from '../kube/types.ts';
import { hostFieldRef, tenantField } from './downward-api.ts';

type Container = NonNullable<Pod['spec']>['containers'][number];
type EnvVar = NonNullable<Container['env']>[number];

/** Variables with fixed values. */
export type Variables = readonly { name: string; value: string }[];

/** What of a pod never changes: a variable can hold it as it is. */
const fixedFields = new Set(['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.serviceAccountName']);

/**
 * Returns the variables that make a container of the host pod see what the container of the tenant's `pod` with `env` would see, service
 * variables included: they give way to the tenant's own, and to `inherited` names, which `envFrom` sets (kubelet's
 * makeEnvironmentVariables).
 */
export function hostEnv(pod: Pod, env: EnvVar[], services: Variables, inherited: ReadonlySet<string>): EnvVar[] {
  const given = services.filter(({ name }) => !inherited.has(name));
  const taken = new Set(env.map(({ name }) => name));
  // A reference to a name means the service's variable until the tenant's own of that name has been set.
  const hidden = new Map(given.filter(({ name }) => taken.has(name)).map(({ name, value }) => [name, value]));
  const own = env.map((variable) => {
    const translated = hostVariable(pod, variable, hidden);
    hidden.delete(variable.name);
    return translated;
  });
  return [...given.filter(({ name }) => !taken.has(name)), ...own];
}

function hostVariable(pod: Pod, variable: EnvVar, hidden: ReadonlyMap<string, string>): EnvVar {
  if (variable.value) return { ...variable, value: withReplaced(variable.value, hidden) };
  const fieldRef = variable.valueFrom?.fieldRef;
  if (!fieldRef) return variable;
  const { name } = variable;
  const value = fixedFields.has(fieldRef.fieldPath) ? tenantField(pod, fieldRef.fieldPath) : undefined;
  return value === undefined ? { name, valueFrom: { fieldRef: hostFieldRef(pod, fieldRef) } } : { name, value };
}

/** Puts values in the place of references to `values`; other references and escapes stay. The syntax is that of Go's expansion.Expand. */
function withReplaced(text: string, values: ReadonlyMap<string, string>): string {
  if (values.size === 0) return text;
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) =>
    name === undefined ? whole : (values.get(name) ?? whole),
  );
}
