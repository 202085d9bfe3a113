import { requireNamespace } from '../../host/require-namespace.ts';
import { type Namespace, resources } from '../../kube/types.ts';
import type { Check } from '../check.ts';
import { fail, ok, skip } from '../finding.ts';

/** Whether the host namespace is there, and stays. */
export const namespaceCheck: Check = {
  name: 'namespace',
  async run({ host, rights }) {
    const { client, namespace } = await host();
    const own = await rights();
    await requireNamespace(client, namespace, own);
    const { group, plural } = resources.namespaces;
    if (!(await own({ group, plural, name: namespace, verb: 'get', namespace }))) {
      return [skip(`the credentials may not read namespace ${namespace}, and need not: it is taken to be there`)];
    }
    const { status } = await client.get<Namespace>({ resource: resources.namespaces, name: namespace });
    if (status?.phase !== 'Terminating') return [ok(`${namespace} is there`)];
    return [fail(`${namespace} is being deleted`, 'Wait until it has gone, then make it anew.')];
  },
};
