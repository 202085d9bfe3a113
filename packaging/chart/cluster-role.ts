import { stringify } from 'yaml';
import { controllerRights } from '../../src/k3k/controller-rights.ts';
import { resourceOf, verbsOf } from '../../src/kube/resource-right.ts';

/** Where the ClusterRole of the controller lies, from the root of the source. */
export const clusterRoleFile = 'charts/k3k/templates/cluster-role.yaml';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** Returns the rules for all rights of the controller, each resource once, those of one group with the same verbs together. */
export function controllerRules(): Rule[] {
  const verbsByResource = new Map<string, Set<string>>();
  for (const right of controllerRights) {
    const key = JSON.stringify([right.group, resourceOf(right), right.name]);
    verbsByResource.set(key, new Set([...(verbsByResource.get(key) ?? []), ...verbsOf(right)]));
  }
  const rules = new Map<string, Rule>();
  for (const [key, set] of [...verbsByResource].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [group, resource, name] = JSON.parse(key) as [string, string, string | null];
    const verbs = [...set].toSorted();
    const alike = JSON.stringify([group, name, verbs]);
    const rule = rules.get(alike) ?? {
      apiGroups: [group],
      resources: [],
      ...(name === null ? {} : { resourceNames: [name] }),
      verbs,
    };
    rule.resources.push(resource);
    rules.set(alike, rule);
  }
  return [...rules.values()];
}

/** Returns the template of the ClusterRole. */
export function clusterRoleTemplate(): string {
  return `# npm run crds writes this file from what the code uses.
# What the controller does itself, and what it grants to the servers of clusters: an API server lets nobody grant what they do not have.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "k3k.clusterName" . }}
  labels: {{- include "k3k.labels" . | nindent 4 }}
${stringify({ rules: controllerRules() })}`;
}
