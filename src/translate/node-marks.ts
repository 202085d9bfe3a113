import type { Node } from '../kube/types.ts';
import { isOwnKey, ownDomain } from './labels.ts';

export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

/** What a tenant has put on a virtual node, beyond what the host says of it. */
export interface TenantMarks {
  labels: Record<string, string>;
  taints: Taint[];
  /** Cordoned by the tenant, not by the host. */
  unschedulable: boolean;
}

/** Annotation of a virtual node: what of it is the host's, so that a label that the host takes away can be told from one that the tenant added. */
const record = `${ownDomain}/of-host`;

interface HostMarks {
  labels: string[];
  taints: string[];
  unschedulable: boolean;
}

/** Returns what the tenant has put on `node`; nothing if it does not say what of it is the host's. */
export function tenantMarksOf({ metadata, spec }: Node): TenantMarks {
  const ofHost = parseRecord(metadata.annotations?.[record]);
  if (!ofHost) return { labels: {}, taints: [], unschedulable: false };
  const labels = Object.entries(metadata.labels ?? {}).filter(
    ([key]) => !ofHost.labels.includes(key) && !isOwnKey(key),
  );
  return {
    labels: Object.fromEntries(labels),
    taints: (spec?.taints ?? []).filter((taint) => !ofHost.taints.includes(identityOf(taint))),
    unschedulable: spec?.unschedulable === true && !ofHost.unschedulable,
  };
}

/** Whether the tenant has put anything on `node`. */
export function hasTenantMarks(node: Node): boolean {
  const { labels, taints, unschedulable } = tenantMarksOf(node);
  return unschedulable || taints.length > 0 || Object.keys(labels).length > 0;
}

/**
 * Returns `shown`, what the host says of a node, with what the tenant has put on `live`, its present form. A label, or a taint of one key and
 * effect, that both have is the host's.
 */
export function withTenantMarks(shown: Node, live: Node | undefined): Node {
  const own = live ? tenantMarksOf(live) : undefined;
  const { labels = {} } = shown.metadata;
  const { taints = [], unschedulable = false } = shown.spec ?? {};
  const identities = taints.map(identityOf);
  const allTaints = [...taints, ...(own?.taints ?? []).filter((taint) => !identities.includes(identityOf(taint)))];
  const ofHost: HostMarks = { labels: Object.keys(labels).sort(), taints: identities.sort(), unschedulable };
  return {
    ...shown,
    metadata: {
      ...shown.metadata,
      labels: { ...own?.labels, ...labels },
      annotations: { ...shown.metadata.annotations, [record]: JSON.stringify(ofHost) },
    },
    spec: {
      ...shown.spec,
      taints: allTaints.length > 0 ? allTaints : undefined,
      unschedulable: unschedulable || own?.unschedulable ? true : undefined,
    },
  };
}

function identityOf({ key, effect }: Taint): string {
  return `${key}:${effect}`;
}

/** The tenant can write into it. */
function parseRecord(text: string | undefined): HostMarks | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const words = (field: string): string[] => {
      const list: unknown = Reflect.get(Object(value), field);
      return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
    };
    return {
      labels: words('labels'),
      taints: words('taints'),
      unschedulable: Reflect.get(Object(value), 'unschedulable') === true,
    };
  } catch {
    return undefined;
  }
}
