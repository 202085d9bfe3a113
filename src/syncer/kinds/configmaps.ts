import { type ConfigMap, resources } from '../../kube/types.ts';
import { configMapsUsedBy } from '../../translate/references.ts';
import type { Translator } from '../../translate/translator.ts';
import { defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';

/** Mirrors the ConfigMaps that virtual pods use onto the host. */
export const configMapSyncer = defineSyncer<ConfigMap>({
  resource: resources.configMaps,
  usedBy: [enqueueFrom('virtual', resources.pods, configMapsUsedBy)],
  toHost: (virtual, { translator }) => toHostConfigMap(virtual, translator),
  wholeFields: ['data', 'binaryData'],
});

/** Returns the host ConfigMap that `virtual` should have. */
export function toHostConfigMap(virtual: ConfigMap, translator: Translator): ConfigMap {
  const { data, binaryData, immutable } = virtual;
  return { ...translator.hostObject(resources.configMaps, virtual), data, binaryData, immutable };
}
