import { type AnsweredRight, answerRights, baseRights, rightName } from '../../host/host-rights.ts';
import { roleExtras } from '../../host/role-extras.ts';
import { resources } from '../../kube/types.ts';
import type { Check } from '../check.ts';
import { fail, ok, skip, warn } from '../finding.ts';

/** What the credentials may do, verb by verb, of what `k3v host-role` gives. */
export const rightsCheck: Check = {
  name: 'rights',
  async run({ config, host, rights, sync }) {
    const { namespace } = await host();
    const answers = await answerRights(
      await rights(),
      namespace,
      sync.kinds.flatMap((kind) => kind.rights),
    );
    const words = sync.kinds.map(({ name }) => name);
    const role = (more: string[]) => {
      const all = [...words, ...more];
      const extras = all.length > 0 ? ` --with ${all.join(',')}` : '';
      return `k3v host-role --namespace ${namespace}${extras} | kubectl apply -f -`;
    };
    const needed = answers.filter((each) => each.needed);
    const missing = missingOf(needed);
    const { plural: nodes } = resources.nodes;
    const all = missingOf(answers.filter((each) => !each.needed));
    const lackingNodes = config.nodes === 'all' ? all.get(nodes) : undefined;
    if (lackingNodes) all.delete(nodes);
    const optional = [...all];
    // What the Role of any k3v gives, though it could do without.
    const ofRole = new Set(baseRights.map(rightName));
    const left = new Set(optional.flatMap(([name]) => (ofRole.has(name) ? [] : [wordFor(name)])));
    const todo = `Have an admin of the host apply the Role: ${role([])}`;
    return [
      missing.size === 0 ? ok(`all ${needed.length} that k3v cannot do without in namespace ${namespace}`) : [],
      [...missing].map(([name, verbs]) => fail(`may not ${verbs.join(', ')} ${name}`, todo)),
      lackingNodes
        ? fail(
            `--nodes all, but may not ${lackingNodes.join(', ')} ${nodes}`,
            `Apply the ClusterRole: ${role([nodes])}`,
          )
        : [],
      optional
        .filter(([name]) => ofRole.has(name))
        .map(([name, verbs]) => warn(`may not ${verbs.join(', ')} ${name}, which tenants will miss`, todo)),
      left.size > 0
        ? skip(`does without what is optional: ${[...left].join(', ')}`, `To have it: ${role([...left])}`)
        : [],
    ].flat();
  },
};

/** Returns the word of `--with` that gives the optional right `name`. */
function wordFor(name: string): string {
  return roleExtras.find(({ rights }) => rights.some((right) => rightName(right) === name))?.name ?? name;
}

/** Returns the verbs that are missing, by kind. */
function missingOf(answers: AnsweredRight[]): Map<string, string[]> {
  const missing = new Map<string, string[]>();
  for (const { name, verb, allowed } of answers) {
    if (!allowed) missing.set(name, [...(missing.get(name) ?? []), verb]);
  }
  return missing;
}
