import { expect, it } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { podState } from '../../../src/ui/pod-state.ts';

type Status = NonNullable<Pod['status']>;
type Container = NonNullable<Status['containerStatuses']>[number];

const container = (state: Container['state'], more: Partial<Container> = {}): Container => ({
  name: 'main',
  image: 'image',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...(state ? { state } : {}),
  ...more,
});
const running = (more: Partial<Container> = {}) => container({ running: {} }, { ready: true, ...more });
const ended = (exitCode: number, more = {}) => container({ terminated: { exitCode, ...more } });
const waiting = (reason: string) => container({ waiting: { reason } });

const pod = (
  status: Status,
  { inits = [], containers = 1, deleted = false }: { inits?: string[]; containers?: number; deleted?: boolean } = {},
): Pod => ({
  metadata: { name: 'web', ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
  spec: {
    initContainers: inits.map((name) => ({ name, ...(name === 'sidecar' ? { restartPolicy: 'Always' } : {}) })),
    containers: Array.from({ length: containers }, () => ({ name: 'main' })),
  },
  status,
});

it.each<[string, Pod, string, string, number]>([
  ['just made', pod({ phase: 'Pending' }), 'Pending', '0/1', 0],
  ['running', pod({ phase: 'Running', containerStatuses: [running({ restartCount: 2 })] }), 'Running', '1/1', 2],
  [
    'gated',
    pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    'SchedulingGated',
    '0/1',
    0,
  ],
  ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), 'Evicted', '0/1', 0],
  [
    'without an image',
    pod({ phase: 'Pending', containerStatuses: [waiting('ErrImagePull')] }),
    'ErrImagePull',
    '0/1',
    0,
  ],
  ['done', pod({ phase: 'Succeeded', containerStatuses: [ended(0, { reason: 'Completed' })] }), 'Completed', '0/1', 0],
  ['killed', pod({ phase: 'Failed', containerStatuses: [ended(137, { signal: 9 })] }), 'Signal:9', '0/1', 0],
  ['failed', pod({ phase: 'Failed', containerStatuses: [ended(3)] }), 'ExitCode:3', '0/1', 0],
  [
    'of two, one not well',
    pod({ phase: 'Running', containerStatuses: [running(), waiting('CrashLoopBackOff')] }, { containers: 2 }),
    'CrashLoopBackOff',
    '1/2',
    0,
  ],
  [
    'of two, one done',
    pod(
      {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [ended(0, { reason: 'Completed' }), running()],
      },
      { containers: 2 },
    ),
    'Running',
    '1/2',
    0,
  ],
  [
    'of two, one done and not ready',
    pod({ phase: 'Running', containerStatuses: [ended(0, { reason: 'Completed' }), running()] }, { containers: 2 }),
    'NotReady',
    '1/2',
    0,
  ],
  [
    'at its second init container',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [ended(0), container({ running: {} }, { restartCount: 1 })],
        containerStatuses: [waiting('PodInitializing')],
      },
      { inits: ['a', 'b'] },
    ),
    'Init:1/2',
    '0/1',
    1,
  ],
  [
    'failing in its init container',
    pod({ phase: 'Pending', initContainerStatuses: [ended(1, { reason: 'Error' })] }, { inits: ['a'] }),
    'Init:Error',
    '0/1',
    0,
  ],
  [
    'with a sidecar',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [running({ name: 'sidecar', started: true, restartCount: 3 })],
        containerStatuses: [running()],
      },
      { inits: ['sidecar'] },
    ),
    'Running',
    '2/2',
    3,
  ],
  [
    'being deleted',
    pod({ phase: 'Running', containerStatuses: [running()] }, { deleted: true }),
    'Terminating',
    '1/1',
    0,
  ],
  [
    'done and being deleted',
    pod({ phase: 'Succeeded', containerStatuses: [ended(0, { reason: 'Completed' })] }, { deleted: true }),
    'Completed',
    '0/1',
    0,
  ],
  [
    'on a lost node and being deleted',
    pod({ phase: 'Running', reason: 'NodeLost' }, { deleted: true }),
    'Unknown',
    '0/1',
    0,
  ],
])('a pod %s is shown as kubectl does', (_, given, state, ready, restarts) => {
  expect(podState(given)).toEqual({ state, ready, restarts });
});
