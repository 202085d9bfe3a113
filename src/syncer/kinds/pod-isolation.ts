import { podFindings } from '../../isolation/pod-findings.ts';
import { type Node, type Pod, resources } from '../../kube/types.ts';
import { marks } from '../../translate/translator.ts';
import { NotYet } from '../not-yet.ts';
import type { SyncContext } from '../sync-context.ts';

/** The reason of the event that tells a tenant that a pod is kept off the host. */
const forbidden = 'ForbiddenByIsolation';

/**
 * Throws NotYet, for the tenant to read, if the isolation of the virtual cluster keeps `virtual` off the host. Pod Security admission says so first, but
 * a tenant may loosen that by a label of a namespace.
 */
export function requireAllowed(virtual: Pod, context: SyncContext): void {
  const { isolation = 'none' } = context.settings;
  const findings = [...podFindings(virtual, isolation), ...(isolation === 'none' ? [] : foreignNode(virtual, context))];
  if (findings.length > 0) {
    throw new NotYet(`isolation "${isolation}" keeps the pod off the host: ${findings.join('; ')}`, {
      event: forbidden,
    });
  }
}

/** Returns those of `containers`, which are to be added to `virtual`, that may be. Throws NotYet, for the tenant to read, if none may. */
export function allowedOf<C extends NonNullable<NonNullable<Pod['spec']>['ephemeralContainers']>[number]>(
  containers: C[],
  virtual: Pod,
  { settings: { isolation = 'none' } }: SyncContext,
): C[] {
  const findings = (ephemeralContainers: C[]) =>
    podFindings(
      { ...virtual, spec: { ...virtual.spec, initContainers: [], containers: [], ephemeralContainers } },
      isolation,
    );
  const allowed = containers.filter((container) => findings([container]).length === 0);
  if (allowed.length > 0 || containers.length === 0) return allowed;
  const message = `isolation "${isolation}" keeps containers off the host: ${findings(containers).join('; ')}`;
  throw new NotYet(message, { event: forbidden });
}

/** Only a node that k3v shows may be named: which others the host has is no business of the tenant. */
function foreignNode({ spec }: Pod, { virtual }: SyncContext): string[] {
  const name = spec?.nodeName;
  if (!name) return [];
  const node = virtual.lister<Node>(resources.nodes).get(name);
  return node?.metadata.labels?.[marks.managedLabel] === 'true' ? [] : [`node "${name}" is not of this cluster`];
}
