import { describe, expect, test } from 'vitest';
import { readHostRights, requireReadableNodes, requireRights } from '../../../src/host/host-rights.ts';
import type { AskedRight } from '../../../src/host/own-rights.ts';

/** A host that allows what `allows` says, and notes what it was asked. */
function hostThat(allows: (question: AskedRight) => boolean) {
  const asked: AskedRight[] = [];
  const own = async (question: AskedRight) => {
    asked.push(question);
    return allows(question);
  };
  return { asked, own };
}

const kinds = ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'secrets', 'services'];
const verbs = ['create', 'delete', 'get', 'list', 'patch', 'watch'];

describe('the rights on the host', () => {
  test('are six verbs on six kinds in one namespace, reading events, metrics, logs and streams of pods there, and reading nodes and storage classes', async () => {
    const { asked, own } = hostThat(() => true);
    expect(await readHostRights(own, 'team-a')).toEqual({ missing: [], forbidden: [] });
    const inNamespace = asked.filter(({ namespace, subresource }) => namespace === 'team-a' && !subresource);
    const pairs = inNamespace.map(({ plural, verb }) => `${verb} ${plural}`).toSorted();
    const written = verbs.flatMap((verb) => kinds.map((kind) => `${verb} ${kind}`));
    expect(pairs).toEqual([...written, 'get events', 'list events', 'watch events', 'list pods'].toSorted());
    const streams = asked.filter(({ namespace, subresource }) => namespace === 'team-a' && subresource);
    expect(streams.map(({ verb, plural, subresource }) => `${verb} ${plural}/${subresource}`)).toEqual([
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
    expect(metrics.map(({ verb, plural, namespace }) => `${verb} ${plural} ${namespace}`)).toEqual([
      'list pods team-a',
      'list nodes undefined',
    ]);
    const elsewhere = asked.filter(({ namespace }) => namespace === undefined);
    expect(
      new Set(elsewhere.map(({ group, plural, subresource = '' }) => `${group}/${plural}/${subresource}`)),
    ).toEqual(new Set(['/nodes/', '/nodes/proxy', 'storage.k8s.io/storageclasses/', 'metrics.k8s.io/nodes/']));
  });

  test('are more with further kinds, and what is missing of those is named with the way to get it', async () => {
    const { asked, own } = hostThat(({ plural, verb }) => !(plural === 'ingresses' && verb === 'create'));
    const ingresses = { group: 'networking.k8s.io', plural: 'ingresses', verbs: 'write', clusterWide: false } as const;
    const classes = { group: 'networking.k8s.io', plural: 'ingressclasses', verbs: 'read', clusterWide: true } as const;
    const rights = await readHostRights(own, 'team-a', [
      { ...ingresses, needed: true },
      { ...classes, needed: false },
    ]);
    expect(rights).toEqual({ missing: ['create ingresses'], forbidden: [] });
    const more = asked.filter(({ group }) => group === 'networking.k8s.io');
    expect(more.filter(({ plural, namespace }) => plural === 'ingresses' && namespace === 'team-a')).toHaveLength(6);
    expect(more.filter(({ plural, namespace }) => plural === 'ingressclasses' && !namespace)).toHaveLength(3);
    expect(() => requireRights(rights, 'team-a', ['ingresses'])).toThrow(
      expect.objectContaining({
        code: 'HOST_FORBIDDEN',
        message: 'the host credentials may not, in namespace "team-a": create ingresses',
        hint: expect.stringContaining('k3v host-role --namespace team-a --with ingresses | kubectl apply -f -'),
      }),
    );
  });

  test('that are missing are named one by one', async () => {
    const { own } = hostThat(
      ({ verb, plural, subresource }) => !(verb === 'create' && plural === 'pods' && !subresource) && verb !== 'patch',
    );
    const { missing } = await readHostRights(own, 'team-a');
    expect(missing.toSorted()).toEqual(['create pods', ...kinds.map((kind) => `patch ${kind}`)].toSorted());
  });

  test('to optional kinds may be missing, and are named once', async () => {
    const { own } = hostThat(
      ({ group, plural, subresource }) => group !== '' || plural !== 'nodes' || subresource === 'proxy',
    );
    expect(await readHostRights(own, 'team-a')).toEqual({ missing: [], forbidden: ['nodes'] });
  });

  test('to metrics may be missing, and are told from what they are about', async () => {
    const { own } = hostThat(({ group, subresource }) => group !== 'metrics.k8s.io' && subresource !== 'proxy');
    expect(await readHostRights(own, 'team-a')).toEqual({
      missing: [],
      forbidden: ['pods.metrics.k8s.io', 'nodes.metrics.k8s.io', 'nodes/proxy'],
    });
  });

  test('to read events may be missing, and are named once', async () => {
    const { own } = hostThat(({ plural, verb }) => plural !== 'events' || verb === 'get');
    expect(await readHostRights(own, 'team-a')).toEqual({ missing: [], forbidden: ['events'] });
  });

  test('to logs and streams may be missing, and are named once', async () => {
    const { own } = hostThat(({ subresource }) => subresource !== 'log' && subresource !== 'exec');
    expect(await readHostRights(own, 'team-a')).toEqual({ missing: [], forbidden: ['pods/log', 'pods/exec'] });
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
