import { contentHash } from '../content-hash.ts';
import type { KubeClient } from '../kube/client.ts';
import { StatusError, ifFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/types.ts';
import { ownDomain } from '../translate/labels.ts';
import { type FindKind, createKindFinder } from './kind-finder.ts';
import type { Manifest } from './manifest.ts';

/** Hash of the manifest as k3v last applied it. */
const versionAnnotation = `${ownDomain}/manifest-version`;
const fieldManager = 'k3v-manifests';

/** Why a manifest is not in place. */
export interface Unapplied {
  manifest: Manifest;
  why: string;
}

/**
 * Makes what is missing of `manifests` in the cluster of `client`, and brings what differs from what was applied last to its manifest, by server-side apply: other fields stay, and nothing is
 * written where nothing is new. Namespaces and definitions of kinds come first. Resolves with those that the server refuses, or whose kind it does not serve yet; rejects
 * with ConnectionError.
 */
export async function applyManifests(client: KubeClient, manifests: readonly Manifest[]): Promise<Unapplied[]> {
  const findKind = createKindFinder(client);
  const unapplied: Unapplied[] = [];
  for (const manifest of manifests.toSorted((a, b) => stageOf(a) - stageOf(b))) {
    try {
      const why = await apply(client, manifest, findKind);
      if (why !== undefined) unapplied.push({ manifest, why });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      unapplied.push({ manifest, why: error.message });
    }
  }
  return unapplied;
}

function stageOf({ object }: Manifest): number {
  const stage = ['Namespace', 'CustomResourceDefinition'].indexOf(object.kind);
  return stage < 0 ? 2 : stage;
}

/** Resolves with why it cannot be applied yet, if it cannot. */
async function apply(client: KubeClient, { object }: Manifest, findKind: FindKind): Promise<string | undefined> {
  const resource = await findKind(object.apiVersion, object.kind);
  if (!resource) return `no API of ${object.apiVersion} has a kind ${object.kind} (yet)`;
  const { name, namespace = 'default', annotations } = object.metadata;
  const ref = { resource, name, ...(resource.namespaced ? { namespace } : {}) };
  const version = contentHash(object);
  const found = await ifFound(client.get<KubeObject>(ref));
  if (found?.metadata.annotations?.[versionAnnotation] === version) return undefined;
  const metadata = {
    ...object.metadata,
    ...(resource.namespaced ? { namespace } : {}),
    annotations: { ...annotations, [versionAnnotation]: version },
  };
  await client.patch(ref, 'apply', { ...object, metadata }, { fieldManager, force: true });
  return undefined;
}
