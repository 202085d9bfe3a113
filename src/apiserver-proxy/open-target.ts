import type { Logger } from '../log.ts';
import type { ClusterView } from './cluster-view.ts';
import { ConnectRefused, type OpenTarget } from './connect-server.ts';
import { destroyOnHangUp } from './hang-up.ts';
import type { KubeletFacade } from './kubelet-facade.ts';
import type { MetricsServer } from './metrics-server.ts';
import { type DialPod, dialAddress } from './pod-dialer.ts';
import { routeTarget } from './route-target.ts';
import { splice } from './splice.ts';

/** What the targets of the virtual cluster are opened with; there from the moment its objects are known. */
export interface ClusterAccess {
  view: ClusterView;
  kubelets: Pick<KubeletFacade, 'serve'>;
  /** Undefined where k3v has no metrics to give. */
  metrics: Pick<MetricsServer, 'serve'> | undefined;
  dialPod: DialPod;
  clusterDomain: string;
}

/** Opens what belongs to the virtual cluster: kubelets here, pods on the host. Refuses everything else, and with 503 until there is access. */
export function clusterTargets(access: () => ClusterAccess | undefined, log: Logger): OpenTarget {
  return async (target, signal) => {
    const cluster = access();
    if (!cluster) throw new ConnectRefused(503, 'k3v does not know the cluster yet');
    const route = routeTarget(target, cluster.view, { clusterDomain: cluster.clusterDomain });
    switch (route.to) {
      case 'refused':
        throw new ConnectRefused(403, route.reason);
      case 'kubelet':
        return (connection) => cluster.kubelets.serve(connection, route.node);
      case 'metrics': {
        const { metrics } = cluster;
        if (!metrics) throw new ConnectRefused(403, 'k3v has no metrics here');
        return (connection) => metrics.serve(connection);
      }
      case 'pod': {
        const { pod, ip, port } = route;
        const { namespace, name } = pod.virtual.metadata;
        const opened = await cluster.dialPod({ host: pod.host, ip, port }, signal);
        opened.on('error', (error: Error) =>
          log.warn({ pod: `${namespace}/${name}`, port, reason: error.message }, 'a connection to a pod broke'),
        );
        return (connection) => {
          destroyOnHangUp(connection);
          splice(connection, opened);
        };
      }
    }
  };
}

/** Ports of k3v's own webhook, on the loopback: that of its registration, and where it listens. */
export interface WebhookPorts {
  named: number;
  port: number;
}

/**
 * Opens what a webhook registered by URL may name: k3v's own server, and what `others` opens. Nothing
 * else on this machine or in its networks is a tenant's to reach.
 */
export function webhookTargets(own: () => WebhookPorts | undefined, others: OpenTarget): OpenTarget {
  return async (target, signal) => {
    const ports = own();
    if (target.host !== '127.0.0.1' || target.port !== ports?.named) return await others(target, signal);
    const opened = await dialAddress({ ip: target.host, port: ports.port }, signal);
    return (connection) => splice(connection, opened);
  };
}
