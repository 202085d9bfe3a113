import { stringify } from 'yaml';

/** What `kubectl logs` shows of every pod, in the format of container runtimes, which KWOK reads. */
export const simulatedLog =
  '2026-01-01T00:00:00Z stdout F This pod is simulated: nothing runs here, so there is nothing to log.\n';

/**
 * KWOK completes pods of Jobs only. The pods that k3v makes on a host have no Job there, so here every pod that is not to be
 * restarted for ever completes, a second after it began to run.
 */
const statusOfCompletedPod = `
{{ $now := Now }}
{{ $root := . }}
conditions:
- lastTransitionTime: {{ $now | Quote }}
  reason: PodCompleted
  status: "False"
  type: Ready
- lastTransitionTime: {{ $now | Quote }}
  reason: PodCompleted
  status: "False"
  type: ContainersReady
containerStatuses:
{{ range $index, $container := .spec.containers }}
{{ $before := index $root.status.containerStatuses $index }}
- image: {{ $container.image | Quote }}
  name: {{ $container.name | Quote }}
  ready: false
  restartCount: 0
  started: false
  state:
    terminated:
      exitCode: 0
      finishedAt: {{ $now | Quote }}
      reason: Completed
      startedAt: {{ or $before.state.running.startedAt $now | Quote }}
{{ end }}
phase: Succeeded
`;

/** Returns what k3v adds to KWOK's own stages; `logFile` holds `simulatedLog`. */
export function kwokConfig(logFile: string): string {
  const completion = {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: 'pod-run-to-completion' },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: {
        matchExpressions: [
          { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
          { key: '.status.phase', operator: 'In', values: ['Running'] },
          { key: '.spec.restartPolicy', operator: 'In', values: ['Never', 'OnFailure'] },
        ],
      },
      delay: { durationMilliseconds: 1000 },
      next: { statusTemplate: statusOfCompletedPod },
    },
  };
  const logs = {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: 'simulated' },
    spec: { logs: [{ logsFile: logFile }] },
  };
  return [completion, logs].map((document) => stringify(document)).join('---\n');
}
