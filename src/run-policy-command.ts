import type { PolicyWish } from './cli/policy-command.ts';
import type { HostCommandOptions } from './open-host-client.ts';
import { asked, withHostClient } from './open-host-client.ts';
import { boundNamespaces, createPolicy, findPolicy } from './k3k/client/policies.ts';
import { showPolicies, showPolicy } from './k3k/client/show-policies.ts';
import { type VirtualClusterPolicy, k3kResources } from './k3k/types.ts';

/** Does what `k3v policy …` says. Rejects as `withHostClient`, `createPolicy` and `findPolicy` do. */
export async function runPolicyCommand(wish: PolicyWish, options: HostCommandOptions): Promise<void> {
  const { say, ask } = options;
  await withHostClient(options, async ({ client }) => {
    switch (wish.do) {
      case 'create':
        await createPolicy(client, wish);
        return say(
          `made policy ${wish.name}${wish.namespaces.length > 0 ? `, for ${wish.namespaces.join(', ')}` : ''}\n`,
        );
      case 'list': {
        const { items } = await client.list<VirtualClusterPolicy>(k3kResources.policies);
        return say(showPolicies(items, wish.as, Date.now()));
      }
      case 'get': {
        const policy = await findPolicy(client, wish.name);
        const namespaces = wish.as === 'text' || wish.as === 'wide' ? await boundNamespaces(client, wish.name) : [];
        return say(showPolicy(policy, namespaces, wish.as, Date.now()));
      }
      case 'delete': {
        const { metadata } = await findPolicy(client, wish.name);
        const namespaces = await boundNamespaces(client, wish.name);
        const bound = namespaces.length > 0 ? `, which holds for ${namespaces.join(', ')}` : '';
        if (!(await asked(wish, ask, `Delete policy ${wish.name}${bound}?`))) return say('nothing is deleted\n');
        await client.delete({ resource: k3kResources.policies, name: wish.name }, { uid: metadata.uid });
        return say(`deleted policy ${wish.name}\n`);
      }
    }
  });
}
