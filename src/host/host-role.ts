import { stringify } from 'yaml';
import { type ResourceRight, resourceOf, verbsOf } from '../kube/resource-right.ts';
import { baseRights } from './host-rights.ts';

const name = 'k3v';
const apiVersion = 'rbac.authorization.k8s.io/v1';

/** Returns, as YAML, a ServiceAccount with a Role that lets k3v work in `namespace`, and has the rights in `more` besides; with a ClusterRole for those that are cluster-wide. */
export function hostRole(namespace: string, more: ResourceRight[] = []): string {
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = (kind: string, to: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: to });
  const objects: object[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion,
      kind: 'Role',
      metadata: { name, namespace },
      rules: rulesOf([...baseRights, ...more.filter(({ clusterWide }) => !clusterWide)]),
    },
    { apiVersion, kind: 'RoleBinding', metadata: { name, namespace }, roleRef: roleRef('Role', name), subjects },
  ];
  const rules = rulesOf(more.filter(({ clusterWide }) => clusterWide));
  if (rules.length > 0) {
    // Cluster-wide names: two namespaces of one host must not take each other's binding.
    const metadata = { name: `${name}-${namespace}` };
    objects.push(
      { apiVersion, kind: 'ClusterRole', metadata, rules },
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata,
        roleRef: roleRef('ClusterRole', metadata.name),
        subjects,
      },
    );
  }
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** Returns the rules for `rights`; those that follow each other and differ in the kind alone share one. */
export function rulesOf(rights: ResourceRight[]): Rule[] {
  const rules: Rule[] = [];
  for (const right of rights) {
    const { group, name: only } = right;
    const verbs = [...verbsOf(right)];
    const before = rules.at(-1);
    const isAlike = before?.apiGroups[0] === group && before.verbs.join() === verbs.join();
    if (isAlike && !before.resourceNames && only === undefined) {
      before.resources.push(resourceOf(right));
      continue;
    }
    rules.push({
      apiGroups: [group],
      resources: [resourceOf(right)],
      ...(only === undefined ? {} : { resourceNames: [only] }),
      verbs,
    });
  }
  return rules;
}
