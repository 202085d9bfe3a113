import type { Isolation } from '../../isolations.ts';
import type { KubeClient } from '../../kube/client.ts';
import { StatusError } from '../../kube/errors.ts';
import { type Pod, resources } from '../../kube/types.ts';
import type { Check } from '../check.ts';
import { type Finding, NotTried, ok, warn } from '../finding.ts';
import { mayOrNotTried } from '../may.ts';

type Level = 'privileged' | 'baseline' | 'restricted';
const strictness: Record<Level | Isolation, number> = { privileged: 0, none: 0, baseline: 1, restricted: 2 };

/** Which Pod Security Standard the host namespace enforces, and whether the virtual cluster tells tenants of it. */
export const podSecurityCheck: Check = {
  name: 'pod security',
  async run(facts) {
    const { client, namespace } = await facts.host();
    await mayOrNotTried(facts, 'create', 'pods');
    const level = await levelOf(client, namespace);
    return [verdict(level, facts.config.isolation)];
  },
};

/** Asks for a pod that every level but the first refuses, in a dry run: that takes no right to read the namespace, and heeds what the whole host has by default. */
async function levelOf(client: KubeClient, namespace: string): Promise<Level> {
  const request = { cpu: '1m', memory: '1Mi' };
  const pod: Pod = {
    metadata: { name: 'k3v-doctor', namespace },
    spec: {
      hostNetwork: true,
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'k3v-doctor', resources: { requests: request, limits: request } }],
    },
  };
  try {
    await client.create<Pod>(resources.pods, pod, { dryRun: true });
    return 'privileged';
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const level = /violates PodSecurity "(baseline|restricted):/.exec(error.message)?.[1];
    if (level === 'baseline' || level === 'restricted') return level;
    // A quota is asked last.
    if (error.message.includes('exceeded quota')) return 'privileged';
    throw new NotTried(`the host refuses a pod for another reason: ${error.message}`);
  }
}

function verdict(level: Level, isolation: Isolation): Finding {
  const enforces = level === 'privileged' ? 'the host enforces no standard' : `the host enforces "${level}"`;
  if (strictness[isolation] >= strictness[level]) return ok(`${enforces}, --isolation is ${isolation}`);
  return warn(
    `${enforces}, and --isolation is ${isolation}: pods in between are made, and then refused by the host`,
    `Start k3v with --isolation ${level}, so that tenants are told at once.`,
  );
}
