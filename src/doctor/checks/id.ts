import { readDistroRecord } from '../../control-plane/distro-record.ts';
import { claimName, idTaken } from '../../host/claim-id.ts';
import { ifFound } from '../../kube/errors.ts';
import { resources } from '../../kube/types.ts';
import type { Check } from '../check.ts';
import { ok } from '../finding.ts';
import { mayOrNotTried } from '../may.ts';

/** Whether the id may be this data directory's. Whose it is when both have been used before, only a start can tell. */
export const idCheck: Check = {
  name: 'id',
  async run(facts) {
    const { config, dataDir } = facts;
    const { id } = config;
    const { client, namespace } = await facts.host();
    await mayOrNotTried(facts, 'get', 'configmaps');
    const claim = await ifFound(client.get({ resource: resources.configMaps, namespace, name: claimName(id) }));
    if (!claim) return [ok(`"${id}" is free in namespace ${namespace}`)];
    if (await readDistroRecord(dataDir)) return [ok(`"${id}" is claimed, and this data directory has been run before`)];
    if (config.datastore.kind !== 'sqlite') return [ok(`"${id}" is claimed, as it is by replicas on one datastore`)];
    if (config.takeOverId) return [ok(`"${id}" is claimed, and would be taken from who has it`)];
    throw idTaken(namespace, id);
  },
};
