import { randomBytes } from 'node:crypto';
import { type Server, createServer } from 'node:net';
import { hostAndPort } from '../../kube/host-and-port.ts';
import type { KubeClient } from '../../kube/client.ts';
import { delay } from '../../kube/delay.ts';
import { StatusError, ifFound } from '../../kube/errors.ts';
import { type Pod, resources } from '../../kube/types.ts';
import { advertisedAddress } from '../advertised-address.ts';
import type { Check } from '../check.ts';
import { type Finding, NotTried, fail, ok, skip, warn } from '../finding.ts';
import { mayOrNotTried } from '../may.ts';
import { listenPortState } from '../listen-port.ts';

const patienceMs = 60_000;
const pollMs = 500;
const connectSeconds = 10;

/** Whether a pod of the host reaches the virtual API server. It makes one, for a minute at most, and so is not made unless asked for. */
export const probePodCheck: Check = {
  name: 'pod reach',
  timeoutMs: patienceMs + 30_000,
  async run(facts, signal) {
    const { config, probeImage } = facts;
    if (probeImage === undefined) {
      return [
        skip('not tried, as that takes a pod on the host', 'Let k3v make one for a minute: k3v doctor --probe-pod'),
      ];
    }
    const { client, namespace } = await facts.host();
    for (const verb of ['create', 'get', 'delete']) await mayOrNotTried(facts, verb, 'pods');
    const target = await advertisedAddress(facts);
    const isTaken = await listenPortState(facts).then(({ taken }) => taken);
    if (isTaken) throw new NotTried(`port ${config.listenPort} is that of another program`);
    const listener = await listen(config.listenPort);
    const address = hostAndPort(target, config.listenPort);
    const name = `k3v-doctor-${randomBytes(4).toString('hex')}`;
    try {
      const made = podFor({ name, namespace, image: probeImage, address });
      const refusal = await client.create<Pod>(resources.pods, made).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof StatusError) return error.message;
          throw error;
        },
      );
      if (refusal !== undefined) return [warn(`the host refuses the pod: ${refusal}`, 'See what the host says of it.')];
      return [verdict(await ended(client, { namespace, name, signal }), { address, image: probeImage })];
    } finally {
      listener?.close();
      await remove(client, namespace, name);
    }
  },
};

/** Listens in the place of a k3v that does not run: whether something answers there is all that is asked. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => void socket.on('error', () => undefined).end());
  return await new Promise((resolve) => {
    // A running k3v has it.
    server.once('error', () => resolve(undefined));
    server.listen(port, () => resolve(server));
  });
}

/** It passes the Pod Security Standard `restricted`, and ends by itself if k3v does not get to delete it. */
function podFor({
  name,
  namespace,
  image,
  address,
}: {
  name: string;
  namespace: string;
  image: string;
  address: string;
}): Pod {
  const amounts = { cpu: '50m', memory: '64Mi' };
  return {
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': 'k3v-doctor' } },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: 2 * (patienceMs / 1_000),
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image,
          command: ['/agnhost', 'connect', address, `--timeout=${connectSeconds}s`],
          terminationMessagePolicy: 'FallbackToLogsOnError',
          resources: { requests: amounts, limits: amounts },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

/** Resolves with the pod when it has ended, cannot begin, or time is up. */
async function ended(
  client: KubeClient,
  { namespace, name, signal }: { namespace: string; name: string; signal: AbortSignal },
): Promise<Pod | undefined> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const pod = await ifFound(client.get<Pod>({ resource: resources.pods, namespace, name }));
    const { phase, containerStatuses = [] } = pod?.status ?? {};
    const waits = containerStatuses[0]?.state?.waiting?.reason ?? '';
    const isOver =
      phase === 'Succeeded' ||
      phase === 'Failed' ||
      /^(ImagePullBackOff|InvalidImageName|CreateContainer.*Error)$/.test(waits);
    if (!pod || isOver || signal.aborted || performance.now() >= endMs) return pod;
    await delay(pollMs, signal);
  }
}

function verdict(pod: Pod | undefined, { address, image }: { address: string; image: string }): Finding {
  const container = pod?.status?.containerStatuses?.[0];
  const where = `a pod on node ${pod?.spec?.nodeName ?? '(none)'}`;
  const { terminated, waiting } = container?.state ?? {};
  if (terminated) {
    // Whatever really ran has a name in the container runtime.
    if (!container?.containerID && !terminated.containerID) {
      return skip(`could not be tried: ${where} is only simulated, and nothing runs there`);
    }
    if (terminated.exitCode === 0) return ok(`${where} reaches ${address}`);
    const words = (terminated.message ?? terminated.reason ?? '').trim();
    return fail(
      `${where} does not reach ${address}: ${words}`,
      'Open the way (firewall, network policy), or name an address that leads here with --advertise-address.',
    );
  }
  if (waiting?.reason && /Image/.test(waiting.reason)) {
    return warn(
      `${where} could not be started: ${waiting.message ?? waiting.reason}`,
      `Have the host pull ${image}, or name another image with agnhost in it with --probe-image.`,
    );
  }
  const unscheduled = pod?.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  const why = unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? pod?.status?.phase ?? 'it has gone';
  return warn(
    `${where} did not run to its end within ${patienceMs / 1_000} seconds: ${why}`,
    'See whether other pods run there.',
  );
}

async function remove(client: KubeClient, namespace: string, name: string): Promise<void> {
  const options = { gracePeriodSeconds: 0, signal: AbortSignal.timeout(10_000) };
  await ifFound(client.delete({ resource: resources.pods, namespace, name }, options));
}
