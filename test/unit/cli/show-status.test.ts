import { expect, test } from 'vitest';
import { noPaint } from '../../../src/cli/paint.ts';
import { showStatus } from '../../../src/cli/show-status.ts';
import type { Status } from '../../../src/cli/status.ts';

const pods: Status['kinds'][number] = {
  kind: 'Pod',
  plural: 'pods',
  virtual: 12,
  host: 11,
  inSync: 8,
  pending: 1,
  refused: 3,
  failing: {
    'shop/web': { reason: 'HostRefused', message: 'exceeded\n quota \u001b[2J forged ' },
    'shop/db': { message: 'node n1 is not mirrored yet' },
  },
  waiting: 0,
};
const status: Status = {
  pid: 42,
  startedAt: '2026-01-02T03:04:05.000Z',
  distro: 'kubernetes',
  version: 'v1.36.3',
  datastore: 'postgres://k3v@db:5432/k3v',
  host: { server: 'https://host:6443', version: 'v1.36.3', namespace: 'team-a', simulated: false },
  id: 'default',
  kubeconfig: '/home/a/kubeconfig.yaml',
  children: { kine: 43 },
  synced: true,
  kinds: [pods],
  forbidden: [],
};

test('the status says where k3v runs, what is in sync, and what is not and why', () => {
  expect(showStatus(status)).toBe(
    [
      'k3v is up (pid 42, since 2026-01-02T03:04:05.000Z)',
      '  distro      kubernetes v1.36.3',
      '  datastore   postgres://k3v@db:5432/k3v',
      '  host        https://host:6443 v1.36.3',
      '  namespace   team-a, id default',
      '  kubeconfig  /home/a/kubeconfig.yaml',
      '  in sync     but for 1 pending, 3 refused',
      '  forbidden   nothing',
      '',
      '  KIND                              VIRTUAL     HOST  IN SYNC  PENDING  REFUSED',
      '  pods                                   12       11        8        1        3',
      '    shop/web: HostRefused: exceeded quota [2J forged',
      '    shop/db: node n1 is not mirrored yet',
      '    and 2 more',
      '',
    ].join('\n'),
  );
});

test('the status says that all is in sync, and where it is not counts in colour', () => {
  const paint = { ...noPaint, yellow: (text: string) => `<${text}>`, red: (text: string) => `!${text}!` };
  const well = { ...pods, inSync: 12, pending: 0, refused: 0, failing: {} };
  expect(showStatus({ ...status, kinds: [well] }, paint)).toContain('in sync     yes\n');
  expect(showStatus({ ...status, kinds: [well] }, paint)).not.toMatch(/[<!]/);
  expect(showStatus(status, paint)).toContain('in sync     but for <1 pending>, !3 refused!\n');
  expect(showStatus(status, paint)).toContain('11        8<        1>!        3!\n');
});

test('a follower does not say what is in sync, as only the leader knows', () => {
  const text = showStatus({ ...status, replica: { identity: 'node1-ab', leads: false, leader: 'node2-cd' } });
  expect(text).toContain('  in sync     the leader knows\n');
  expect(text).toContain('12       11        -        -        -\n');
});

test('the status names what is forbidden and says that pods are simulated', () => {
  const text = showStatus({
    ...status,
    synced: false,
    host: { ...status.host, simulated: true },
    forbidden: ['nodes', 'storageclasses'],
  });
  expect(text).toContain('in sync     not yet');
  expect(text).toContain('forbidden   nodes, storageclasses (optional)');
  expect(text).toContain('v1.36.3 (simulated pods)');
});

test.each([
  [{ identity: 'node1-ab', leads: true, leader: 'node1-ab' }, 'replica     node1-ab, leads'],
  [{ identity: 'node1-ab', leads: false, leader: 'node2-cd' }, 'replica     node1-ab, follows node2-cd'],
  [{ identity: 'node1-ab', leads: false }, 'replica     node1-ab, follows nobody yet'],
])('the status says who leads the replicas: %j', (replica, line) => {
  expect(showStatus({ ...status, replica })).toContain(`  ${line}\n`);
});

test('the status says which manifests are not in place, and that a broken file does not count', () => {
  const waiting = { 'Widget app/first': 'no API of example.com/v1\n has a kind Widget (yet)' };
  const text = showStatus({ ...status, manifests: { total: 3, waiting, broken: 'a.yaml is not YAML' } });
  expect(text).toContain(
    [
      '  manifests   1 of 3 wait',
      '    Widget app/first: no API of example.com/v1 has a kind Widget (yet)',
      '    as before, as they have changed, and a.yaml is not YAML',
      '  forbidden   nothing',
    ].join('\n'),
  );
  expect(showStatus({ ...status, manifests: { total: 3, waiting: {} } })).toContain('  manifests   all 3 in place\n');
  expect(showStatus(status)).not.toContain('manifests');
});
