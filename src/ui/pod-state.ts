import type { Pod } from '../kube/types.ts';
import type { PodSide } from './page-data.ts';

type Container = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
type Ended = NonNullable<NonNullable<Container['state']>['terminated']>;

/** Returns what `kubectl get pods` shows in STATUS, READY and RESTARTS (printPod of Kubernetes' pkg/printers/internalversion). */
export function podState(pod: Pod): Pick<PodSide, 'state' | 'ready' | 'restarts'> {
  const { status = {}, spec } = pod;
  const starting = startingOf(pod);
  const conditions = status.conditions ?? [];
  const isTrue = (type: string) => conditions.some((each) => each.type === type && each.status === 'True');
  const isGated = conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const containers = status.containerStatuses ?? [];
  const isStarted = starting.state === undefined || isTrue('Initialized');
  const running = isStarted ? containers.filter(isRunning).length : 0;
  let state = starting.state ?? (isGated ? 'SchedulingGated' : (status.reason ?? status.phase ?? 'Unknown'));
  // The first container wins, as kubectl goes through them backwards.
  if (isStarted) state = containers.map(stateOf).find((each) => each !== undefined) ?? state;
  if (state === 'Completed' && running > 0) state = isTrue('Ready') ? 'Running' : 'NotReady';
  if (pod.metadata.deletionTimestamp) {
    if (status.reason === 'NodeLost') state = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') state = 'Terminating';
  }
  const all = (spec?.containers.length ?? 0) + (spec?.initContainers ?? []).filter(isSidecar).length;
  const restarts = isStarted
    ? sum(containers.map(({ restartCount }) => restartCount)) + starting.sidecarRestarts
    : starting.restarts;
  return { state, ready: `${running + starting.ready}/${all}`, restarts };
}

/** What the init containers make of it; `state` is undefined once they are through. */
function startingOf({ spec, status }: Pod) {
  const inits = spec?.initContainers ?? [];
  const sidecars = new Set(inits.filter(isSidecar).map(({ name }) => name));
  const found = { state: undefined as string | undefined, ready: 0, restarts: 0, sidecarRestarts: 0 };
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    const { name, restartCount, started, ready, state: { terminated, waiting } = {} } = container;
    const isOfSidecar = sidecars.has(name);
    found.restarts += restartCount;
    if (isOfSidecar) found.sidecarRestarts += restartCount;
    if (terminated?.exitCode === 0) continue;
    if (isOfSidecar && started) {
      if (ready) found.ready += 1;
      continue;
    }
    const why = terminated ? endOf(terminated) : waiting?.reason;
    found.state = `Init:${why && why !== 'PodInitializing' ? why : `${index}/${inits.length}`}`;
    break;
  }
  return found;
}

function isSidecar({ restartPolicy }: { restartPolicy?: string | undefined }): boolean {
  return restartPolicy === 'Always';
}

function isRunning({ ready, state }: Container): boolean {
  return ready && state?.running !== undefined;
}

function stateOf({ state: { waiting, terminated } = {} }: Container): string | undefined {
  if (waiting?.reason) return waiting.reason;
  return terminated && endOf(terminated);
}

function endOf({ reason, signal, exitCode }: Ended): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
