import { expect, it, test } from 'vitest';
import { podTrouble } from '../../../src/k3k/pod-trouble.ts';
import type { Pod } from '../../../src/kube/types.ts';

type Status = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];

const metadata = { name: 'k3k-dev-server-0' };
const scheduled = (status: Status): Pod => ({ metadata, spec: { nodeName: 'one', containers: [] }, status });
const withContainer = (status: Partial<ContainerStatus>): Pod =>
  scheduled({
    containerStatuses: [{ name: 'k3v', image: '', imageID: '', ready: false, restartCount: 0, ...status }],
  });
const lines = [
  '{"level":30,"msg":"starts"}',
  '{"level":50,"code":"ID_TAKEN","hint":"Choose another --id.","msg":"the id \\"dev\\" belongs to another"}',
  '',
].join('\n');
const ended = { exitCode: 1, reason: 'Error', message: lines };

test.each<{ pod: Pod; message: string; hasFailed?: boolean }>([
  {
    pod: {
      metadata,
      status: { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] },
    },
    message: '0/3 nodes are available',
  },
  { pod: { metadata }, message: 'waits for a node' },
  { pod: scheduled({}), message: 'is being made' },
  { pod: withContainer({ state: { waiting: { reason: 'ContainerCreating' } } }), message: 'is being made' },
  {
    pod: withContainer({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "k3v"' } } }),
    message: 'ImagePullBackOff: Back-off pulling image "k3v"',
  },
  { pod: withContainer({ state: { running: {} } }), message: 'is starting' },
  {
    pod: withContainer({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: ended } }),
    message: 'ID_TAKEN: the id "dev" belongs to another. Choose another --id.',
    hasFailed: true,
  },
  {
    pod: withContainer({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    message: 'ended with exit code 137 (OOMKilled)',
    hasFailed: true,
  },
  {
    pod: withContainer({ state: { running: {} }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    message: 'is starting',
  },
  { pod: { metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, message: 'is ending' },
])('a pod that is not ready says: $message', ({ pod, message, hasFailed = false }) => {
  expect(podTrouble(pod)).toEqual({ message: `pod k3k-dev-server-0: ${message}`, hasFailed });
});

it('says nothing of a pod that is ready', () => {
  expect(podTrouble(scheduled({ conditions: [{ type: 'Ready', status: 'True' }] }))).toBeUndefined();
});
