import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { hostRoleFor } from '../../src/host-role-for.ts';
import { readSyncRules } from '../../src/syncer/sync-rules.ts';

interface Role {
  kind: string;
  rules: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

const rolesFor = (words: string[], rules?: ReturnType<typeof readSyncRules>) => {
  const objects = parseAllDocuments(hostRoleFor('team-a', words, rules)).map((document) => document.toJS() as Role);
  const rulesOf = (kind: string) =>
    objects
      .filter((object) => object.kind === kind)
      .flatMap(({ rules }) =>
        rules.map(
          (rule) =>
            `${rule.apiGroups.join()}/${[...rule.resources, ...(rule.resourceNames ?? [])].join('/')}: ${rule.verbs.join()}`,
        ),
      );
  return { role: rulesOf('Role'), clusterRole: rulesOf('ClusterRole') };
};
const all = 'get,list,watch,create,update,patch,delete';

describe('the printed Role', () => {
  it('has what each kind asks for in the namespace', () => {
    const { role, clusterRole } = rolesFor(['ingresses', 'poddisruptionbudgets']);
    const more = role.filter((rule) => !rolesFor([]).role.includes(rule));
    expect(more).toEqual([`networking.k8s.io/ingresses: ${all}`, `policy/poddisruptionbudgets: ${all}`]);
    expect(clusterRole).toEqual([]);
  });

  it('lets k3v read what it can show of the cluster only where that is named', () => {
    expect(rolesFor(['nodes', 'ingressclasses']).clusterRole).toEqual([
      '/nodes: get,list,watch',
      'networking.k8s.io/ingressclasses: get,list,watch',
    ]);
    expect(rolesFor(['nodes', 'ingressclasses']).role).toEqual(rolesFor([]).role);
  });

  it('is for custom resources, too, and lets k3v read the definitions of just those', () => {
    const rules = readSyncRules({ 'plans.example.com': { direction: 'toVirtual', clusterScoped: true } }, 'r');
    const words = ['crd=widgets.example.com', 'crd=plans.example.com', 'customresourcedefinitions'];
    const { role, clusterRole } = rolesFor(words, rules);
    expect(role).toContain(`example.com/widgets: ${all}`);
    expect(clusterRole).toEqual([
      'example.com/plans: get,list,watch',
      'apiextensions.k8s.io/customresourcedefinitions/widgets.example.com: get',
      'apiextensions.k8s.io/customresourcedefinitions/plans.example.com: get',
    ]);
  });

  it('is not for what there is not', () => {
    expect(() => hostRoleFor('team-a', ['ingresclasses'])).toThrow(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: '--with is "ingresclasses"',
        hint: expect.stringContaining('Did you mean ingressclasses? It takes nodes, storageclasses'),
      }),
    );
  });
});
