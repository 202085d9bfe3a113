import { expect, test } from 'vitest';
import { type Status, showStatus } from '../../../src/cli/status.ts';

const status: Status = {
  pid: 42,
  startedAt: '2026-01-02T03:04:05.000Z',
  distro: 'kubernetes',
  version: 'v1.36.3',
  host: { server: 'https://host:6443', version: 'v1.36.3', namespace: 'team-a', simulated: false },
  id: 'default',
  kubeconfig: '/home/a/kubeconfig.yaml',
  children: { kine: 43 },
  synced: true,
  kinds: [
    { kind: 'Pod', plural: 'pods', virtual: 12, host: 11, waiting: 1, failing: { 'shop/web': 'exceeded quota' } },
  ],
  forbidden: [],
};

test('the status says where k3v runs and what is in sync', () => {
  expect(showStatus(status)).toBe(
    [
      'k3v is up (pid 42, since 2026-01-02T03:04:05.000Z)',
      '  distro      kubernetes v1.36.3',
      '  host        https://host:6443 v1.36.3',
      '  namespace   team-a, id default',
      '  kubeconfig  /home/a/kubeconfig.yaml',
      '  in sync     yes',
      '  forbidden   nothing',
      '',
      '  KIND                             VIRTUAL    HOST  WAITING  FAILING',
      '  pods                                  12      11        1        1',
      '    shop/web: exceeded quota',
      '',
    ].join('\n'),
  );
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
