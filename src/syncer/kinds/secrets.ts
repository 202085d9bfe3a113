import { type Secret, resources } from '../../kube/types.ts';
import { secretsUsedBy } from '../../translate/references.ts';
import type { Translator } from '../../translate/translator.ts';
import { defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';

/** Mirrors the Secrets that virtual pods use onto the host. */
export const secretSyncer = defineSyncer<Secret>({
  resource: resources.secrets,
  usedBy: [enqueueFrom('virtual', resources.pods, secretsUsedBy)],
  toHost: (virtual, { translator }) => toHostSecret(virtual, translator),
  wholeFields: ['data'],
});

/** On the host a controller would fill these with a host token, or act on them: they cross as plain data. */
const actedOnByHost = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']);

/** Returns the host Secret that `virtual` should have. */
export function toHostSecret(virtual: Secret, translator: Translator): Secret {
  const { data, immutable } = virtual;
  const type = virtual.type !== undefined && actedOnByHost.has(virtual.type) ? 'Opaque' : virtual.type;
  return { ...translator.hostObject(resources.secrets, virtual), type, data, immutable };
}
