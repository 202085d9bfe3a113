import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { StatusError } from '../kube/errors.ts';
import { type Service, resources } from '../kube/types.ts';

/** Of the ranges kept for documentation (RFC 5737, RFC 3849): no cluster hands these out. */
const impossibleIps = ['192.0.2.1', '2001:db8::1'];

/**
 * Returns the host's Service range, for example `10.96.0.0/16`, or both of a dual-stack host with a comma between, without any right but that to create
 * Services: a dry run with an impossible address is refused, and the refusal names the range of its family. Rejects with SERVICE_RANGE_UNKNOWN.
 */
export async function findServiceRange(client: KubeClient, namespace: string): Promise<string> {
  const refusals = await Promise.all(impossibleIps.map((clusterIP) => refusalOf(client, namespace, { clusterIP })));
  const ranges = refusals.flatMap((refusal) => rangeIn(refusal) ?? []);
  if (ranges.length > 1) return ((await prefersIpv6(client, namespace)) ? ranges.toReversed() : ranges).join(',');
  const [range] = ranges;
  if (range) return range;
  throw new K3vError(
    'SERVICE_RANGE_UNKNOWN',
    `the host does not say what its Service range is: ${refusals.find(Boolean) ?? 'it refuses no address'}`,
    {
      hint: 'Give it with --service-cidr, for example --service-cidr 10.96.0.0/16.',
    },
  );
}

/** Returns the host's words, or nothing if it would take the Service. */
async function refusalOf(client: KubeClient, namespace: string, spec: Service['spec']): Promise<string> {
  try {
    await tryService(client, namespace, spec);
    return '';
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.message;
  }
}

/** Whether a Service that asks for nothing gets an IPv6 address on a dual-stack host. */
async function prefersIpv6(client: KubeClient, namespace: string): Promise<boolean> {
  const { spec } = await tryService(client, namespace, {});
  return spec?.ipFamilies?.[0] === 'IPv6';
}

async function tryService(client: KubeClient, namespace: string, spec: Service['spec']): Promise<Service> {
  const probe: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'k3v-range-probe', namespace },
    spec: { ...spec, ports: [{ port: 443 }] },
  };
  return await client.create(resources.services, probe, { dryRun: true });
}

/** Returns the range that a refusal names, in the words of any Kubernetes since 1.20. */
export function rangeIn(message: string): string | undefined {
  return (
    /range of valid IPs is ([0-9a-f.:]+\/\d+)/i.exec(message)?.[1] ??
    /valid range[^.]*?([0-9a-f.:]+\/\d+)/i.exec(message)?.[1]
  );
}
