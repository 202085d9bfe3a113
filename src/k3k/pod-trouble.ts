import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { Json, Pod } from '../kube/types.ts';

/** What keeps a pod from being ready. */
export interface PodTrouble {
  /** For a person, with the name of the pod. */
  message: string;
  /** Whether it ended for a reason of its own, as k3v does with an error that somebody has to see to. */
  hasFailed: boolean;
}

type ContainerStatus = Json<V1ContainerStatus>;

/** Returns what keeps `pod` from being ready, undefined if it is. */
export function podTrouble({ metadata, status, spec }: Pod): PodTrouble | undefined {
  const pod = `pod ${metadata.name}`;
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  const simply = (message: string) => ({ message: `${pod}: ${message}`, hasFailed: false });
  if (metadata.deletionTimestamp) return simply('is ending');
  if (condition('Ready')?.status === 'True') return undefined;
  if (!spec?.nodeName) return simply(condition('PodScheduled')?.message ?? 'waits for a node');
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const container of containers) {
    const ended = endOf(container);
    if (ended) return { message: `${pod}: ${ended}`, hasFailed: true };
    const { waiting } = container.state ?? {};
    if (waiting?.reason && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
      return simply([waiting.reason, waiting.message].filter(Boolean).join(': '));
    }
  }
  return simply(containers.some(({ state }) => state?.running) ? 'is starting' : 'is being made');
}

/** Returns with what the container ended last, if it was an error. */
function endOf({ state, lastState, ready }: ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  if (ready || !ended || ended.exitCode === 0) return undefined;
  const said = lastError(ended.message ?? '');
  return said ?? (state?.running ? undefined : `ended with exit code ${ended.exitCode} (${ended.reason ?? 'Error'})`);
}

/** Returns the error that k3v ended with, of the log lines that a kubelet keeps: code, message and hint. */
function lastError(lines: string): string | undefined {
  for (const line of lines.split('\n').toReversed()) {
    const { code, msg, hint } = fieldsOf(line);
    if (typeof code !== 'string' || typeof msg !== 'string') continue;
    return [`${code}: ${msg}`, ...(typeof hint === 'string' ? [hint] : [])].join('. ');
  }
  return undefined;
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    return { ...Object(JSON.parse(line)) } as Record<string, unknown>;
  } catch {
    return {};
  }
}
