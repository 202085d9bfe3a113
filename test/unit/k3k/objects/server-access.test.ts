import { expect, it, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { hostRoleFor } from '../../../../src/host-role-for.ts';
import { serverAccess } from '../../../../src/k3k/objects/server-access.ts';
import type { ClusterSpec } from '../../../../src/k3k/types.ts';
import type { ClusterRole, KubeObject, Role } from '../../../../src/kube/types.ts';
import { devContext } from '../../../support/k3k-context.ts';

const of = (spec: Partial<ClusterSpec>) => serverAccess(devContext({ spec }));
const words = (objects: KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const always = ['events', 'endpoints/restricted'];

/** The rules that `k3v host-role --with` prints. */
function printed(with_: string[]): { Role: unknown; ClusterRole: unknown } {
  const objects = parseAllDocuments(hostRoleFor('team', [...always, ...with_])).map((each): unknown => each.toJS());
  const rulesOf = (kind: string) =>
    objects
      .filter((each) => Reflect.get(Object(each), 'kind') === kind)
      .map((each): unknown => Reflect.get(Object(each), 'rules'))[0];
  return { Role: rulesOf('Role'), ClusterRole: rulesOf('ClusterRole') };
}

it('is an account with a Role in the namespace of the Cluster, and no right elsewhere', () => {
  const objects = of({});
  expect(words(objects)).toEqual([
    'ServiceAccount k3k-dev-server',
    'Role k3k-dev-server',
    'RoleBinding k3k-dev-server',
  ]);
  expect(objects[2]).toMatchObject({
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'k3k-dev-server' },
    subjects: [{ kind: 'ServiceAccount', name: 'k3k-dev-server', namespace: 'team' }],
  });
  for (const { metadata } of objects)
    expect(metadata).toMatchObject({ namespace: 'team', ownerReferences: [{ uid: 'u1' }] });
});

test.each<{ spec: Partial<ClusterSpec>; with_: string[] }>([
  { spec: {}, with_: [] },
  { spec: { sync: { ingresses: { enabled: true } } }, with_: ['ingresses'] },
  { spec: { sync: { priorityClasses: { enabled: true } } }, with_: ['priorityclasses'] },
  { spec: { sync: { storageClasses: { enabled: true } } }, with_: ['storageclasses'] },
  { spec: { mirrorHostNodes: true }, with_: ['nodes'] },
  {
    spec: { serverArgs: ['--sync', 'networkpolicies,poddisruptionbudgets'] },
    with_: ['networkpolicies', 'poddisruptionbudgets'],
  },
  // What has a field of its own is not to be had past it: a policy may forbid it.
  { spec: { serverArgs: ['--sync=priorityclasses', '--sync=crd=issuers.cert-manager.io'] }, with_: [] },
])('gives for $spec what k3v host-role gives with $with_', ({ spec, with_ }) => {
  const objects = of(spec);
  const find = <T extends KubeObject>(kind: string) => objects.find((each) => each.kind === kind) as T | undefined;
  const { Role: role, ClusterRole: clusterRole } = printed(with_);
  expect(find<Role>('Role')?.rules).toEqual(role);
  expect(find<ClusterRole>('ClusterRole')?.rules).toEqual(clusterRole);
});

it('names what is cluster-scoped after namespace and Cluster, so that no two meet, and labels it with both', () => {
  const wide = of({ mirrorHostNodes: true }).slice(3);
  expect(words(wide)).toEqual(['ClusterRole k3k:team:dev', 'ClusterRoleBinding k3k:team:dev']);
  for (const { metadata } of wide) {
    expect(metadata.labels).toEqual({ 'k3k.io/cluster': 'dev', 'k3k.io/cluster-namespace': 'team' });
  }
});
