import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { StatusError } from '../kube/errors.ts';
import { type Service, resources } from '../kube/types.ts';

/** TEST-NET-1 (RFC 5737): no cluster hands these out. */
const impossibleIp = '192.0.2.1';

/**
 * Returns the host's Service range, for example `10.96.0.0/16`, without any right but that to create Services: a dry run
 * with an impossible address is refused, and the refusal names the range. Rejects with SERVICE_RANGE_UNKNOWN.
 */
export async function findServiceRange(client: KubeClient, namespace: string): Promise<string> {
  const probe: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'k3v-range-probe', namespace },
    spec: { clusterIP: impossibleIp, ports: [{ port: 443 }] },
  };
  const answer = await client.create(resources.services, probe, { dryRun: true }).catch((error: unknown) => error);
  const message = answer instanceof StatusError ? answer.message : '';
  const range = rangeIn(message);
  if (range) return range;
  throw new K3vError(
    'SERVICE_RANGE_UNKNOWN',
    `the host does not say what its Service range is: ${message || 'no refusal'}`,
    {
      hint: 'Give it with --service-cidr, for example --service-cidr 10.96.0.0/16.',
    },
  );
}

/** Returns the range that a refusal names, in the words of any Kubernetes since 1.20. */
export function rangeIn(message: string): string | undefined {
  return (
    /range of valid IPs is ([0-9a-f.:]+\/\d+)/i.exec(message)?.[1] ??
    /valid range[^.]*?([0-9a-f.:]+\/\d+)/i.exec(message)?.[1]
  );
}
