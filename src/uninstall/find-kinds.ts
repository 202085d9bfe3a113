import type { KubeClient } from '../kube/client.ts';
import { servedVersions } from '../kube/discovery.ts';
import { type Resource, resources } from '../kube/types.ts';
import type { OptInKind } from '../syncer/define-opt-in.ts';
import { type Made, madeBy } from '../syncer/made-kinds.ts';
import { outputKind } from '../syncer/outputs.ts';
import { alwaysSynced, optInKinds } from '../syncer/registry.ts';

/** A kind of the host of which k3v may have made objects. */
export interface HostKind {
  resource: Resource;
  /** As what: each has an owner mark of its own. */
  made: readonly Made[];
  /** Whether there may well be such objects: it always crosses, `--sync` names it, or the data directory remembers it. */
  needed: boolean;
}

/**
 * Returns the kinds of the host of which there may be objects, pods first, as others are held as long as pods use them: those that always cross, those in `named` (by `--sync`)
 * and `remembered` (by the data directory), and whatever else `--sync` could have named, but for custom resources. Left out is what the host does not serve.
 */
export async function findKinds(
  client: KubeClient,
  { named, remembered }: { named: readonly OptInKind[]; remembered: readonly Made[] },
): Promise<HostKind[]> {
  const always = [
    ...madeBy({ syncers: alwaysSynced(undefined) }),
    // Whatever custom resource it was made for.
    ...[resources.secrets, resources.configMaps].map((resource): Made => {
      return { side: 'host', resource, ownerKind: outputKind(resource.kind) };
    }),
  ];
  const others = optInKinds.filter(({ name }) => !named.some((kind) => kind.name === name));
  const [asked, possible] = [await madeOf(client, named), await madeOf(client, others)];
  const kinds = new Map<string, HostKind>();
  const add = (needed: boolean) => (each: Made) => {
    if (each.side !== 'host') return;
    const key = `${each.resource.group}/${each.resource.plural}`;
    const known = kinds.get(key);
    if (known?.made.some(({ ownerKind }) => ownerKind === each.ownerKind)) return;
    kinds.set(key, { needed, ...known, resource: each.resource, made: [...(known?.made ?? []), each] });
  };
  for (const each of [...always, ...asked, ...remembered]) add(true)(each);
  for (const each of possible) add(false)(each);
  const isPods = ({ resource }: HostKind) => resource.plural === resources.pods.plural;
  return [...kinds.values()].toSorted((a, b) => Number(isPods(b)) - Number(isPods(a)));
}

async function madeOf(client: KubeClient, kinds: readonly OptInKind[]): Promise<Made[]> {
  const made = await Promise.all(
    kinds.map(async (kind) => {
      const [main] = kind.rights.filter(({ needed }) => needed);
      const [served] = main ? await servedVersions(client, main) : [];
      return served ? madeBy(kind.open(served)) : [];
    }),
  );
  return made.flat();
}
