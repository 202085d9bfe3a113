import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { StatusError } from '../kube/errors.ts';
import { type Service, resources } from '../kube/types.ts';

/** Of the ranges kept for documentation (RFC 5737, RFC 3849): no cluster hands these out. */
const impossibleIps = ['192.0.2.1', '2001:db8::1'];

/**
 * Returns the host's Service range, for example `10.96.0.0/16`, without any right but that to create Services: a dry run
 * with an impossible address is refused, and the refusal names the range. Rejects with SERVICE_RANGE_UNKNOWN.
 */
export async function findServiceRange(client: KubeClient, namespace: string): Promise<string> {
  let refusal = '';
  // An IPv6-only host refuses the IPv4 address for its family, without naming a range.
  for (const clusterIP of impossibleIps) {
    const probe: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'k3v-range-probe', namespace },
      spec: { clusterIP, ports: [{ port: 443 }] },
    };
    try {
      await client.create(resources.services, probe, { dryRun: true });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const range = rangeIn(error.message);
      if (range) return range;
      refusal ||= error.message;
    }
  }
  throw new K3vError(
    'SERVICE_RANGE_UNKNOWN',
    `the host does not say what its Service range is: ${refusal || 'it refuses no address'}`,
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
