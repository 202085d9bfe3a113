import { describe, expect, it } from 'vitest';
import { virtualMessage } from '../../../src/translate/event-message.ts';
import { hostName, mayBeHostName } from '../../../src/translate/names.ts';

const name = (kind: string, owner: string, namespace = 'shop') => hostName('a', { kind, namespace, name: owner });
const owners = new Map(
  [
    ['Pod', 'web'],
    ['ConfigMap', 'settings'],
    ['Secret', 'pull'],
    ['PersistentVolumeClaim', 'data-web-0'],
  ].map(([kind = '', owner = '']) => [name(kind, owner), { namespace: 'shop', name: owner }]),
);
const [web, settings, pull, claim] = [...owners.keys()];
const other = name('Pod', 'other', 'bank');
owners.set(other, { namespace: 'bank', name: 'other' });
const foreign = hostName('b', { kind: 'Pod', namespace: 'shop', name: 'web' });

const translated = (message: string, hostNamespace = 'team') =>
  virtualMessage(message, {
    hostNamespace,
    namespace: 'shop',
    ownerOf: (hostName) => owners.get(hostName),
    uids: new Map([['0b6f1a52-host', '77aa1c09-virtual']]),
  });

describe('the message of a host event', () => {
  it.each([
    [`Successfully assigned team/${web} to node1`, 'Successfully assigned shop/web to node1'],
    [
      `pods "${web}" is forbidden: User "system:serviceaccount:team:k3v" cannot patch resource "pods/resize" in API group "" in the namespace "team"`,
      'the host does not let k3v patch pods/resize',
    ],
    [
      `Back-off restarting failed container main in pod ${web}_team(0b6f1a52-host)`,
      'Back-off restarting failed container main in pod web_shop(77aa1c09-virtual)',
    ],
    [
      `MountVolume.SetUp failed for volume "c" : configmap "${settings}" not found`,
      'MountVolume.SetUp failed for volume "c" : configmap "settings" not found',
    ],
    [
      `MountVolume.SetUp failed for volume "c" : object "team"/"${settings}" not registered`,
      'MountVolume.SetUp failed for volume "c" : object "shop"/"settings" not registered',
    ],
    [
      `Error: couldn't find key a in ConfigMap team/${settings}`,
      "Error: couldn't find key a in ConfigMap shop/settings",
    ],
    [
      `Unable to retrieve some image pull secrets (${pull}, ${pull}); attempting to pull`,
      'Unable to retrieve some image pull secrets (pull, pull); attempting to pull',
    ],
    [
      `External provisioner is provisioning volume for claim "team/${claim}"`,
      'External provisioner is provisioning volume for claim "shop/data-web-0"',
    ],
    [
      'open /var/lib/kubelet/pods/0b6f1a52-host/volumes/c: no such file',
      'open /var/lib/kubelet/pods/77aa1c09-virtual/volumes/c: no such file',
    ],
    [`lookup ${web}.team.svc failed`, 'lookup web.shop.svc failed'],
    [`no relation to team/${other}`, 'no relation to bank/other'],
    [`pods "${web}" is forbidden in namespace "team"`, 'pods "web" is forbidden in namespace "shop"'],
    [`${web}-abcde was made for ${web}`, 'web-abcde was made for web'],
  ])('%s', (before, after) => {
    expect(translated(before)).toBe(after);
  });

  it.each([
    'Pulling image "team/app:1"',
    `0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible for team/${foreign}`,
    'Created container: team',
    'Readiness probe failed: Get "http://10.0.0.1/team/": no such namespace "team-b"',
    'Pulling image "team/web-of-abcdefghij:1"',
  ])('keeps what is not our name: %s', (message) => {
    expect(translated(message)).toBe(message);
  });

  it('keeps everyday words that are also the host namespace', () => {
    expect(translated(`Using the default class for default/${web}`, 'default')).toBe(
      'Using the default class for shop/web',
    );
  });

  it('is never longer than an API server takes', () => {
    expect(translated('x'.repeat(2_000))).toHaveLength(1_024);
  });
});

describe('whether a name may be one of ours', () => {
  it('is so for every host name', () => {
    for (const each of ['web', 'a.b', '0', 'x'.repeat(253)]) expect(mayBeHostName(name('Pod', each))).toBe(true);
  });

  it.each(['web', 'web-5d4f8c7b9d-x2x4q', 'nginx-0', 'kube-root-ca.crt', ''])('is not so for %s', (each) => {
    expect(mayBeHostName(each)).toBe(false);
  });
});
