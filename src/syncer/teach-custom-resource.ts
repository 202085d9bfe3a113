import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { delay } from '../kube/delay.ts';
import { type ServedResource, servedVersions } from '../kube/discovery.ts';
import { ifFound, isAlreadyExists, isForbidden } from '../kube/errors.ts';
import { mergePatchOf } from '../kube/merge-patch.ts';
import { type KubeObject, type Resource, resources } from '../kube/types.ts';
import { marks } from '../translate/translator.ts';
import { shownObject } from './shown-as-on-host.ts';

/** A CustomResourceDefinition, as far as k3v looks into it. */
interface Definition extends KubeObject {
  spec: {
    conversion?: { strategy?: string };
    versions: { name: string; served: boolean; storage: boolean }[];
    [field: string]: unknown;
  };
}

const pauseMs = 200;
const maxPauses = 150;

/**
 * Returns what both API servers call the custom resource of which the host serves `onHost`, the version that it prefers if both know it. A virtual cluster that does
 * not know it is taught: the host's definition is copied, and followed at each start, where k3v may read it. One that the tenant made is left alone.
 * Throws CRD_MISSING.
 */
export async function teachCustomResource(
  onHost: ServedResource[],
  { host, virtual, signal }: { host: KubeClient; virtual: KubeClient; signal: AbortSignal },
): Promise<ServedResource> {
  const [preferred] = onHost;
  if (!preferred) throw new Error('the host serves no version');
  const name = `${preferred.plural}.${preferred.group}`;
  const ref = { resource: resources.customResourceDefinitions, name };
  const live = await ifFound(virtual.get<Definition>(ref));
  const isTenants = live !== undefined && live.metadata.labels?.[marks.managedLabel] !== 'true';
  const ofHost = isTenants ? undefined : await readable(host.get<Definition>(ref));
  if (ofHost) await write(definitionFor(ofHost, preferred.version), live, virtual);
  else if (!live)
    throw missing(name, `the virtual cluster has no ${name}, and k3v may not read its definition on the host`);
  for (let pauses = 0; pauses < maxPauses; pauses++) {
    const there = await servedVersions(virtual, preferred);
    const known = new Map(there.map((each) => [each.version, each]));
    const common = onHost.flatMap(({ version }) => known.get(version) ?? [])[0];
    if (common) return common;
    if (there.length > 0 && isTenants) throw missing(name, versionsDiffer(name, onHost, there));
    await delay(pauseMs, signal);
    signal.throwIfAborted();
  }
  throw missing(name, `the virtual cluster does not come to serve ${name}`);
}

async function readable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await ifFound(answer);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** Returns what the virtual cluster is to have of the host's definition. Without the host's webhook nothing can convert: one version is left then. */
function definitionFor(ofHost: Definition, version: string): Definition {
  const { metadata, spec, apiVersion, kind } = shownObject(ofHost);
  const { conversion, versions, ...rest } = spec;
  const needsWebhook = conversion?.strategy === 'Webhook';
  const kept = needsWebhook ? versions.filter(({ name }) => name === version) : versions;
  return {
    apiVersion,
    kind,
    metadata: { ...metadata, labels: { [marks.managedLabel]: 'true' } },
    spec: {
      ...rest,
      conversion: { strategy: 'None' },
      versions: needsWebhook ? kept.map((each) => ({ ...each, storage: true })) : kept,
    },
  };
}

async function write(wanted: Definition, live: Definition | undefined, virtual: KubeClient): Promise<void> {
  const resource = resources.customResourceDefinitions;
  if (!live) return await createOrLeave(resource, wanted, virtual);
  const spec = mergePatchOf(live.spec, wanted.spec);
  if (spec) await virtual.patch({ resource, name: wanted.metadata.name }, 'merge', { spec });
}

/** Another replica of k3v may have been faster. */
async function createOrLeave(resource: Resource, wanted: Definition, virtual: KubeClient): Promise<void> {
  await virtual.create(resource, wanted).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}

function versionsDiffer(name: string, onHost: ServedResource[], there: ServedResource[]): string {
  const list = (served: ServedResource[]) => served.map(({ version }) => version).join(', ');
  return `${name} is ${list(onHost)} on the host and ${list(there)} in the virtual cluster`;
}

function missing(name: string, message: string): K3vError {
  return new K3vError('CRD_MISSING', message, {
    hint:
      `Have an admin of the host let k3v read it (k3v host-role --with crd=${name},customresourcedefinitions), or start k3v without ` +
      `--sync crd=${name}, apply the definition in the virtual cluster, and start again.`,
  });
}
