import { requireRights } from '../host/host-rights.ts';
import type { OwnRights } from '../host/own-rights.ts';
import type { OptInKind } from '../syncer/define-opt-in.ts';
import type { HostKind } from './find-kinds.ts';
import { nameOf } from './find-made.ts';

/**
 * Returns those of `kinds` that the credentials may list and delete, and the names of the others. Throws HOST_FORBIDDEN if there may well be objects of one of those; `named` is
 * what `--sync` names.
 */
export async function requireDeletes(
  kinds: readonly HostKind[],
  own: OwnRights,
  { namespace, named }: { namespace: string; named: readonly OptInKind[] },
): Promise<{ open: HostKind[]; closed: string[] }> {
  const asked = kinds.flatMap((kind) => ['list', 'delete'].map((verb) => ({ kind, verb })));
  const answers = await Promise.all(
    asked.map(async ({ kind, verb }) => {
      const { group, plural, namespaced } = kind.resource;
      const scope = namespaced ? namespace : undefined;
      return { kind, verb, allowed: await own({ group, plural, verb, namespace: scope }) };
    }),
  );
  const refused = answers.filter(({ allowed }) => !allowed);
  const missing = refused
    .filter(({ kind }) => kind.needed)
    .map(({ kind: { resource }, verb }) => `${verb} ${nameOf(resource)}`);
  requireRights(
    { missing, forbidden: [] },
    namespace,
    named.map(({ name }) => name),
  );
  const isClosed = (kind: HostKind) => refused.some((each) => each.kind === kind);
  return {
    open: kinds.filter((kind) => !isClosed(kind)),
    closed: kinds.filter(isClosed).map(({ resource }) => nameOf(resource)),
  };
}
