import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { baseRights } from '../../../src/host/host-rights.ts';
import { hostRole } from '../../../src/host/host-role.ts';
import { type ResourceRight, resourceOf, verbsOf } from '../../../src/kube/resource-right.ts';
import { resources } from '../../../src/kube/types.ts';

interface Role {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace: string }[];
}

const objectsIn = (yaml: string): Role[] => parseAllDocuments(yaml).map((document) => document.toJS());
const readNodes: ResourceRight = { group: '', plural: 'nodes', verbs: 'read', clusterWide: true, needed: false };

describe('the printed Role', () => {
  test('grants what k3v does and not a verb more', () => {
    const [account, role, binding, ...more] = objectsIn(hostRole('team-a'));
    expect(more).toEqual([]);
    expect(account).toMatchObject({ kind: 'ServiceAccount', metadata: { name: 'k3v', namespace: 'team-a' } });
    expect(role).toMatchObject({ kind: 'Role', metadata: { namespace: 'team-a' } });
    const granted = (role?.rules ?? []).flatMap(({ apiGroups, resources: kinds, verbs }) =>
      kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${apiGroups.join()}/${kind}`)),
    );
    const wanted = baseRights.flatMap((right) =>
      verbsOf(right).map((verb) => `${verb} ${right.group}/${resourceOf(right)}`),
    );
    expect(granted.toSorted()).toEqual(wanted.toSorted());
    expect(binding).toMatchObject({
      kind: 'RoleBinding',
      metadata: { namespace: 'team-a' },
      roleRef: { kind: 'Role', name: role?.metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: 'k3v', namespace: 'team-a' }],
    });
  });

  test('comes with a ClusterRole for what is cluster-wide, and not for the rest', () => {
    const readClaims: ResourceRight = { ...resources.events, verbs: 'read', clusterWide: false, needed: false };
    const objects = objectsIn(hostRole('team-a', [readNodes, readClaims]));
    const rulesOf = (kind: string) => objects.find((each) => each.kind === kind)?.rules;
    expect(rulesOf('ClusterRole')).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    ]);
    expect(rulesOf('Role')?.at(-1)).toEqual({
      apiGroups: [''],
      resources: ['events'],
      verbs: ['get', 'list', 'watch'],
    });
  });

  test('of one namespace leaves that of another alone', () => {
    const clusterNames = (namespace: string) =>
      objectsIn(hostRole(namespace, [readNodes]))
        .filter(({ kind }) => kind.startsWith('Cluster'))
        .map(({ metadata }) => metadata.name);
    expect(clusterNames('team-a')).toHaveLength(2);
    expect(clusterNames('team-a')).not.toContain(clusterNames('team-b')[0]);
  });
});
