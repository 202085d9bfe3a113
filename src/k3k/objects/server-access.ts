import { rightsFor } from '../../host-role-for.ts';
import { baseRights } from '../../host/host-rights.ts';
import { rulesOf } from '../../host/host-role.ts';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  type KubeObject,
  type ObjectMeta,
  type Role,
  type RoleBinding,
  type ServiceAccount,
  resources,
} from '../../kube/types.ts';
import type { ObjectsOf } from '../cluster-context.ts';
import { namesOf } from '../names.ts';
import { syncedKinds } from '../synced-kinds.ts';
import type { ClusterSpec } from '../types.ts';
import { owned, ownedClusterWide, typed } from './owned.ts';

const rbacGroup = resources.roles.group;

/** What k3v does in the namespace of a cluster where it may: why pods do not start, what they use, and on OpenShift endpoints in the networks of pods. */
const always = ['events', 'endpoints/restricted'];

/** The account of the servers in mode shared, with the rights of `k3v host-role` for what crosses to the host, and no others. */
export const serverAccess: ObjectsOf = ({ cluster, spec }) => {
  const { name, namespace = '' } = cluster.metadata;
  const own = namesOf(name).server;
  const subjects = [{ kind: resources.serviceAccounts.kind, name: own, namespace }];
  const rights = [...baseRights, ...rightsFor(wordsFor(spec))];
  const account: ServiceAccount = { ...typed(resources.serviceAccounts), metadata: owned(cluster, own) };
  const role: Role = {
    ...typed(resources.roles),
    metadata: owned(cluster, own),
    rules: rulesOf(rights.filter(({ clusterWide }) => !clusterWide)),
  };
  const binding: RoleBinding = {
    ...typed(resources.roleBindings),
    metadata: owned(cluster, own),
    roleRef: { apiGroup: rbacGroup, kind: resources.roles.kind, name: own },
    subjects,
  };
  const wide = rulesOf(rights.filter(({ clusterWide }) => clusterWide));
  const ofHost = wide.length > 0 ? hostWide(ownedClusterWide(cluster, `k3k:${namespace}:${name}`), wide, subjects) : [];
  return [account, role, binding, ...ofHost];
};

function hostWide(
  metadata: ObjectMeta,
  rules: ReturnType<typeof rulesOf>,
  subjects: ClusterRoleBinding['subjects'],
): KubeObject[] {
  const role: ClusterRole = { ...typed(resources.clusterRoles), metadata, rules };
  const binding: ClusterRoleBinding = {
    ...typed(resources.clusterRoleBindings),
    metadata,
    roleRef: { apiGroup: rbacGroup, kind: resources.clusterRoles.kind, name: metadata.name },
    subjects,
  };
  return [role, binding];
}

/** What `k3v host-role --with` calls what this cluster does. */
function wordsFor(spec: ClusterSpec): string[] {
  return [
    ...always,
    ...(spec.mirrorHostNodes ? ['nodes'] : []),
    ...(spec.sync?.storageClasses?.enabled ? ['storageclasses'] : []),
    ...syncedKinds(spec),
  ];
}
