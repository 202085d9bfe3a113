import type { Pod } from '../../kube/types.ts';
import { hostEphemeralContainers } from '../../translate/pod-spec.ts';
import { marks } from '../../translate/translator.ts';
import type { SyncContext } from '../sync-context.ts';
import { allowedOf } from './pod-isolation.ts';
import { surroundingsOf } from './pod-surroundings.ts';

/** Returns what `marks.images` holds for `pod`: each container's name with its image. */
export function imagesOf({ spec }: Pod): string {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return JSON.stringify(Object.fromEntries(containers.map(({ name, image }) => [name, image])));
}

/**
 * Of a running pod only images, the deadline and further tolerations can change (ValidatePodUpdate). An image that the host's admission put in the
 * place of the tenant's stays until the tenant names another one.
 */
export function podPatch(desired: Pod, host: Pod): object | undefined {
  const spec: { [field: string]: unknown } = {};
  const given = givenImages(host);
  for (const field of ['containers', 'initContainers'] as const) {
    const changed = (desired.spec?.[field] ?? []).flatMap(({ name, image }) => {
      const live = host.spec?.[field]?.find((container) => container.name === name);
      return live && image && (given.get(name) ?? live.image) !== image ? [{ name, image }] : [];
    });
    if (changed.length > 0) spec[field] = changed;
  }
  const deadline = desired.spec?.activeDeadlineSeconds;
  // It can only become shorter.
  if (deadline !== undefined && deadline < (host.spec?.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY)) {
    spec['activeDeadlineSeconds'] = deadline;
  }
  const tolerations = tolerationsOf(desired, host);
  if (tolerations) spec['tolerations'] = tolerations;
  return Object.keys(spec).length > 0 ? { spec } : undefined;
}

function givenImages({ metadata }: Pod): Map<string, unknown> {
  try {
    const given: unknown = JSON.parse(metadata.annotations?.[marks.images] ?? '');
    return new Map(Object.entries(Object(given)));
  } catch {
    return new Map();
  }
}

type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

/** Returns all tolerations of the host pod, or undefined if it has those that are wanted. None can go; how long one lasts can change (validateOnlyAddedTolerations). */
function tolerationsOf(desired: Pod, host: Pod): Toleration[] | undefined {
  const live = [...(host.spec?.tolerations ?? [])];
  const wanted = desired.spec?.tolerations ?? [];
  const missing = wanted.filter((each) => !live.some((other) => isEqual(each, other)));
  if (missing.length === 0) return undefined;
  for (const toleration of missing) {
    // A pod may tolerate a taint twice, for different times.
    const other = live.findIndex(
      (each) => identityOf(each) === identityOf(toleration) && !wanted.some((one) => isEqual(one, each)),
    );
    if (other < 0) live.push(toleration);
    else live[other] = { ...live[other], tolerationSeconds: toleration.tolerationSeconds };
  }
  return live;
}

function isEqual(a: Toleration, b: Toleration): boolean {
  return identityOf(a) === identityOf(b) && a.tolerationSeconds === b.tolerationSeconds;
}

function identityOf({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration): string {
  return JSON.stringify([key, operator || 'Equal', value, effect]);
}

/** Ephemeral containers can be added, never changed or removed. */
export function ephemeralContainersPatch(virtual: Pod, host: Pod, context: SyncContext): object | undefined {
  const there = new Set((host.spec?.ephemeralContainers ?? []).map(({ name }) => name));
  const { ephemeralContainers = [] } = virtual.spec ?? {};
  if (ephemeralContainers.every(({ name }) => there.has(name))) return undefined;
  const wanted = hostEphemeralContainers(virtual, context.translator, surroundingsOf(virtual, context));
  const missing = wanted.filter(({ name }) => !there.has(name));
  return { spec: { ephemeralContainers: allowedOf(missing, virtual, context) } };
}

/**
 * Resources of a running container (Kubernetes 1.35) and of a running pod as a whole (1.36) can change in place. A pod as it was created is left alone: what differs there is
 * what the host's admission chose.
 */
export function resizePatch({ metadata, spec }: Pod, host: Pod): object | undefined {
  if ((metadata.generation ?? 1) <= 1) return undefined;
  const changed: { [field: string]: unknown } = {};
  if (differ(spec?.resources, host.spec?.resources)) changed['resources'] = amountsOf(spec?.resources);
  for (const field of ['containers', 'initContainers'] as const) {
    const resized = (spec?.[field] ?? []).flatMap(({ name, resources: wanted }) => {
      const live = host.spec?.[field]?.find((container) => container.name === name);
      return live && differ(wanted, live.resources) ? [{ name, resources: amountsOf(wanted) }] : [];
    });
    if (resized.length > 0) changed[field] = resized;
  }
  return Object.keys(changed).length > 0 ? { spec: changed } : undefined;
}

type Resources = Pick<NonNullable<NonNullable<Pod['spec']>['resources']>, 'requests' | 'limits'>;

function differ(wanted: Resources | undefined, live: Resources | undefined): boolean {
  return (['requests', 'limits'] as const).some((part) =>
    Object.entries(wanted?.[part] ?? {}).some(([key, amount]) => live?.[part]?.[key] !== amount),
  );
}

function amountsOf(wanted: Resources | undefined): Resources {
  return { requests: wanted?.requests, limits: wanted?.limits };
}
