import { join } from 'node:path';
import type { ClusterView } from './apiserver-proxy/cluster-view.ts';
import { createHostKubelets } from './apiserver-proxy/host-kubelet.ts';
import { hostNodeFigures, hostPodFigures } from './apiserver-proxy/host-figures.ts';
import { kubeletNodeFigures, kubeletPodFigures } from './apiserver-proxy/kubelet-figures.ts';
import { createMetricsApi } from './apiserver-proxy/metrics-api.ts';
import { firstFigures } from './apiserver-proxy/metrics-figures.ts';
import { type AggregatorTrust, type MetricsServer, createMetricsServer } from './apiserver-proxy/metrics-server.ts';
import { tenantSummary } from './apiserver-proxy/node-proxy-summary.ts';
import type { ConnectedHost } from './connect-host.ts';
import { type StoredKeyPair, loadOrIssue } from './control-plane/certificate-files.ts';
import type { MetricsWays } from './find-metrics.ts';
import type { KubeClient } from './kube/client.ts';
import { type ConfigMap, resources } from './kube/types.ts';
import type { Logger } from './log.ts';
import { metricsService } from './translate/metrics-service.ts';
import type { Translator } from './translate/translator.ts';
import { untilFound } from './until-found.ts';

/** As long as its authority: nobody but the virtual API server ever sees it. */
const certificateDays = 3650;

/** Starts what answers `metrics.k8s.io` in the virtual cluster, by the `ways` to the host's figures. */
export async function startMetrics({
  ways,
  host,
  virtual,
  view,
  translator,
  authority,
  dataDir,
  log,
}: {
  ways: MetricsWays;
  host: ConnectedHost;
  virtual: KubeClient;
  view: ClusterView;
  translator: Translator;
  /** Signs the serving certificate. */
  authority: StoredKeyPair;
  dataDir: string;
  log: Logger;
}): Promise<MetricsServer> {
  const { client, namespace } = host;
  const kubelets = createHostKubelets({ raw: client.raw });
  const readers = {
    pods: {
      host: hostPodFigures({ client, view, namespace, labelSelector: translator.managedSelector }),
      kubelets: kubeletPodFigures({ view, readSummary }),
    },
    nodes: {
      host: hostNodeFigures({ client, view }),
      kubelets: kubeletNodeFigures({ view, readSummary }),
    },
  };

  async function readSummary(node: Parameters<typeof kubelets.summary>[0]) {
    const found = await kubelets.summary(node);
    const pods = view.podsOnNode(node.metadata.name);
    return found && tenantSummary({ host: found, hostNamespace: namespace, node, pods });
  }

  const api = createMetricsApi({
    view,
    pods: firstFigures(
      ways.pods.map((way) => readers.pods[way]),
      { what: 'pods', log },
    ),
    nodes: firstFigures(
      ways.nodes.map((way) => readers.nodes[way]),
      { what: 'nodes', log },
    ),
  });
  const { certPem, keyPem } = await loadOrIssue(join(dataDir, 'pki', 'metrics'), authority, {
    commonName: metricsService.name,
    dnsNames: [`${metricsService.name}.${metricsService.namespace}.svc`],
    usages: ['server'],
    days: certificateDays,
  });
  return createMetricsServer({ api, certPem, keyPem, trust: await readTrust(virtual), log });
}

/** Reads how an aggregated API server knows this API server: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/. */
async function readTrust(virtual: KubeClient): Promise<AggregatorTrust> {
  const ref = {
    resource: resources.configMaps,
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication',
  };
  return await untilFound(async () => {
    const { data = {} } = await virtual.get<ConfigMap>(ref);
    const clientCaPem = data['requestheader-client-ca-file'];
    if (clientCaPem === undefined)
      throw new Error(`${ref.namespace}/${ref.name} names no requestheader-client-ca-file`);
    const names: unknown = JSON.parse(data['requestheader-allowed-names'] ?? '[]');
    return { clientCaPem, allowedNames: Array.isArray(names) ? names.map(String) : [] };
  });
}
