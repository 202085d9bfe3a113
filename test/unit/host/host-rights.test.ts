import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { hostRole, readHostRights, requireReadableNodes, requireRights } from '../../../src/host/host-rights.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

interface Question {
  group: string;
  resource: string;
  subresource?: string;
  verb: string;
  namespace?: string;
}

/** A host that allows what `allows` says, and notes what it was asked. */
function hostThat(allows: (question: Question) => boolean) {
  const asked: Question[] = [];
  const request = async (_method: string, _path: string, options: { body?: unknown } = {}) => {
    const { spec } = options.body as { spec: { resourceAttributes: Question } };
    asked.push(spec.resourceAttributes);
    return { status: { allowed: allows(spec.resourceAttributes) } };
  };
  return { asked, client: answeringClient({ request }) };
}

const kinds = ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'secrets', 'services'];
const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

describe('the rights on the host', () => {
  test('are seven verbs on six kinds in one namespace, reading events, metrics, logs and streams of pods there, and reading nodes and storage classes', async () => {
    const { asked, client } = hostThat(() => true);
    expect(await readHostRights(client, 'team-a')).toEqual({ missing: [], forbidden: [] });
    const inNamespace = asked.filter(({ namespace, subresource }) => namespace === 'team-a' && !subresource);
    const pairs = inNamespace.map(({ resource, verb }) => `${verb} ${resource}`).toSorted();
    const written = verbs.flatMap((verb) => kinds.map((kind) => `${verb} ${kind}`));
    expect(pairs).toEqual([...written, 'get events', 'list events', 'watch events', 'list pods'].toSorted());
    const streams = asked.filter(({ namespace, subresource }) => namespace === 'team-a' && subresource);
    expect(streams.map(({ verb, resource, subresource }) => `${verb} ${resource}/${subresource}`)).toEqual([
      'get pods/log',
      'get pods/exec',
      'create pods/exec',
      'get pods/attach',
      'create pods/attach',
      'get pods/portforward',
      'create pods/portforward',
      'patch pods/ephemeralcontainers',
      'patch pods/resize',
      'patch pods/status',
    ]);
    const metrics = asked.filter(({ group }) => group === 'metrics.k8s.io');
    expect(metrics.map(({ verb, resource, namespace }) => `${verb} ${resource} ${namespace}`)).toEqual([
      'list pods team-a',
      'list nodes undefined',
    ]);
    const elsewhere = asked.filter(({ namespace }) => namespace === undefined);
    expect(
      new Set(elsewhere.map(({ group, resource, subresource = '' }) => `${group}/${resource}/${subresource}`)),
    ).toEqual(new Set(['/nodes/', '/nodes/proxy', 'storage.k8s.io/storageclasses/', 'metrics.k8s.io/nodes/']));
  });

  test('are more with further kinds, and what is missing of those is named with the way to get it', async () => {
    const { asked, client } = hostThat(({ resource, verb }) => !(resource === 'ingresses' && verb === 'create'));
    const ingresses = { group: 'networking.k8s.io', plural: 'ingresses', verbs: 'write', clusterWide: false } as const;
    const classes = { group: 'networking.k8s.io', plural: 'ingressclasses', verbs: 'read', clusterWide: true } as const;
    const rights = await readHostRights(client, 'team-a', [
      { ...ingresses, needed: true },
      { ...classes, needed: false },
    ]);
    expect(rights).toEqual({ missing: ['create ingresses'], forbidden: [] });
    const more = asked.filter(({ group }) => group === 'networking.k8s.io');
    expect(more.filter(({ resource, namespace }) => resource === 'ingresses' && namespace === 'team-a')).toHaveLength(
      7,
    );
    expect(more.filter(({ resource, namespace }) => resource === 'ingressclasses' && !namespace)).toHaveLength(3);
    expect(() => requireRights(rights, 'team-a', ['ingresses'])).toThrow(
      expect.objectContaining({
        code: 'HOST_FORBIDDEN',
        message: 'the host credentials may not, in namespace "team-a": create ingresses',
        hint: expect.stringContaining('k3v host-role --namespace team-a --with ingresses | kubectl apply -f -'),
      }),
    );
  });

  test('that are missing are named one by one', async () => {
    const { client } = hostThat(
      ({ verb, resource, subresource }) =>
        !(verb === 'create' && resource === 'pods' && !subresource) && verb !== 'patch',
    );
    const { missing } = await readHostRights(client, 'team-a');
    expect(missing.toSorted()).toEqual(['create pods', ...kinds.map((kind) => `patch ${kind}`)].toSorted());
  });

  test('to optional kinds may be missing, and are named once', async () => {
    const { client } = hostThat(
      ({ group, resource, subresource }) => group !== '' || resource !== 'nodes' || subresource === 'proxy',
    );
    expect(await readHostRights(client, 'team-a')).toEqual({ missing: [], forbidden: ['nodes'] });
  });

  test('to metrics may be missing, and are told from what they are about', async () => {
    const { client } = hostThat(({ group, subresource }) => group !== 'metrics.k8s.io' && subresource !== 'proxy');
    expect(await readHostRights(client, 'team-a')).toEqual({
      missing: [],
      forbidden: ['pods.metrics.k8s.io', 'nodes.metrics.k8s.io', 'nodes/proxy'],
    });
  });

  test('to read events may be missing, and are named once', async () => {
    const { client } = hostThat(({ resource, verb }) => resource !== 'events' || verb === 'get');
    expect(await readHostRights(client, 'team-a')).toEqual({ missing: [], forbidden: ['events'] });
  });

  test('to logs and streams may be missing, and are named once', async () => {
    const { client } = hostThat(({ subresource }) => subresource !== 'log' && subresource !== 'exec');
    expect(await readHostRights(client, 'team-a')).toEqual({ missing: [], forbidden: ['pods/log', 'pods/exec'] });
  });

  test('cannot be asked for by someone the host does not know', async () => {
    const client = answeringClient({ request: refusing(403, 'Forbidden', 'User "system:anonymous" cannot create') });
    await expect(readHostRights(client, 'team-a')).rejects.toMatchObject({ code: 'HOST_UNAUTHORIZED' });
  });

  test('that are missing end the start with the command that gives them', () => {
    expect(() => requireRights({ missing: [], forbidden: ['nodes'] }, 'team-a')).not.toThrow();
    const refused = () => requireRights({ missing: ['create pods', 'watch secrets'], forbidden: [] }, 'team-a');
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'HOST_FORBIDDEN',
        message: expect.stringContaining('create pods, watch secrets'),
        hint: expect.stringContaining('k3v host-role --namespace team-a | kubectl apply -f -'),
      }),
    );
  });

  test('to read nodes is asked for with --nodes all only', () => {
    expect(() => requireReadableNodes({ missing: [], forbidden: ['events'] }, 'team-a')).not.toThrow();
    expect(() => requireReadableNodes({ missing: [], forbidden: ['nodes'] }, 'team-a')).toThrow(
      expect.objectContaining({
        code: 'HOST_FORBIDDEN',
        message: '--nodes all: the host credentials may not get, list, watch nodes',
        hint: expect.stringContaining('k3v host-role --namespace team-a --with nodes | kubectl apply -f -'),
      }),
    );
  });
});

interface Role {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace: string }[];
}

const objectsIn = (yaml: string): Role[] => parseAllDocuments(yaml).map((document) => document.toJS());

describe('the printed Role', () => {
  test('grants what is asked at the start and not a verb more', async () => {
    const [account, role, binding, ...more] = objectsIn(hostRole('team-a'));
    expect(more).toEqual([]);
    expect(account).toMatchObject({ kind: 'ServiceAccount', metadata: { name: 'k3v', namespace: 'team-a' } });
    expect(role).toMatchObject({ kind: 'Role', metadata: { namespace: 'team-a' } });
    const granted = (role?.rules ?? []).flatMap(({ resources, verbs: given }) =>
      resources.flatMap((resource) => given.map((verb) => `${verb} ${resource}`)),
    );
    const { asked, client } = hostThat(() => false);
    await readHostRights(client, 'team-a');
    const wanted = asked
      .filter(({ namespace, group }) => namespace === 'team-a' && group === '')
      .map(({ verb, resource, subresource }) => `${verb} ${[resource, subresource].filter(Boolean).join('/')}`);
    expect(granted.toSorted()).toEqual(wanted.toSorted());
    expect(binding).toMatchObject({
      kind: 'RoleBinding',
      metadata: { namespace: 'team-a' },
      roleRef: { kind: 'Role', name: role?.metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: 'k3v', namespace: 'team-a' }],
    });
  });

  test('comes with a ClusterRole that only reads, when that is asked for', () => {
    const clusterRole = objectsIn(hostRole('team-a', ['nodes', 'storageclasses'])).find(
      ({ kind }) => kind === 'ClusterRole',
    );
    expect(clusterRole?.rules).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch'] },
    ]);
  });

  test('lets read metrics where that is asked for, those of pods in the namespace alone', () => {
    const rules = (kind: string) =>
      objectsIn(hostRole('team-a', ['metrics']))
        .filter((object) => object.kind === kind)
        .flatMap((object) => object.rules ?? []);
    const rule = (resource: string) => ({ apiGroups: ['metrics.k8s.io'], resources: [resource], verbs: ['list'] });
    expect(rules('ClusterRole')).toEqual([rule('nodes')]);
    expect(rules('Role')).toContainEqual(rule('pods'));
  });

  test('of one namespace leaves that of another alone', () => {
    const clusterNames = (namespace: string) =>
      objectsIn(hostRole(namespace, ['nodes']))
        .filter(({ kind }) => kind.startsWith('Cluster'))
        .map(({ metadata }) => metadata.name);
    expect(clusterNames('team-a')).toHaveLength(2);
    expect(clusterNames('team-a')).not.toContain(clusterNames('team-b')[0]);
  });
});
