import type { AddOn } from './add-ons/add-on.ts';
import { coreDnsAddOn } from './add-ons/coredns.ts';
import { settleAddOns } from './add-ons/settle-add-ons.ts';
import { createClusterView } from './apiserver-proxy/cluster-view.ts';
import type { Config } from './cli/config.ts';
import { connectHost } from './connect-host.ts';
import { createSync } from './create-sync.ts';
import { findMetrics } from './find-metrics.ts';
import type { KubeClient } from './kube/client.ts';
import type { Logger } from './log.ts';
import { startStatusReports } from './report-status.ts';
import { startApiserverProxy } from './start-apiserver-proxy.ts';
import { startMetrics } from './start-metrics.ts';
import { startVirtualApi } from './start-virtual-api.ts';
import { reserveApiServerAddress } from './syncer/api-server-address.ts';
import { createTranslator } from './translate/translator.ts';
import { virtualClusterStatus } from './virtual-cluster-status.ts';
import type { OnEnd, VirtualClusterOptions } from './virtual-cluster-options.ts';

/** Runs a virtual cluster until `signal` aborts; resolves when all of it has ended. Rejects with K3vError if it cannot start or go on. */
export async function runVirtualCluster(options: VirtualClusterOptions): Promise<void> {
  const { config, log, progress, announce, signal } = options;
  signal.throwIfAborted();
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const closers: (() => Promise<void> | void)[] = [];
  const onEnd: OnEnd = (close) => void closers.unshift(close);
  try {
    const host = await connectHost(options, onEnd);
    const translator = createTranslator({ id: config.id, hostNamespace: host.namespace });
    const reserved = await reserveApiServerAddress(host.client, translator, log);
    let adopted = false;
    onEnd(async () => {
      if (!adopted) await reserved.release();
    });
    const apiserverProxy = await startApiserverProxy({
      dataDir: config.dataDir,
      transport: options.transport,
      hostNetwork: config.hostNetwork,
      host: { raw: host.client.raw, config: options.host.config, namespace: host.namespace },
      serviceCidr: host.serviceCidr,
      clusterDomain: config.clusterDomain,
      log,
    });
    onEnd(() => apiserverProxy.stop());
    const { addresses } = reserved;
    const virtual = await startVirtualApi(options, { host, addresses, egress: apiserverProxy.egress }, onEnd);
    const { controlPlane } = virtual;
    const { authority } = apiserverProxy;
    const ways = config.disable.includes('metrics') ? undefined : await findMetrics(host);
    const { engine, webhookUrl } = await createSync(
      options,
      { host, virtual: virtual.client, translator, metrics: ways && { caPem: authority.certPem } },
      onEnd,
    );
    apiserverProxy.allowWebhook(webhookUrl);

    const running = engine.run(both);
    adopted = true;
    const sync = progress.step('sync');
    await Promise.race([engine.synced(), controlPlane.failed, running]);
    const view = createClusterView(engine.context);
    const metrics =
      ways &&
      (await startMetrics({
        ways,
        host,
        virtual: virtual.client,
        view,
        translator,
        authority,
        dataDir: config.dataDir,
        log,
      }));
    onEnd(() => metrics?.close());
    apiserverProxy.connect(view, metrics);
    sync.done();
    const settling = addAddOns(virtual.client, { config, log, signal: both });
    onEnd(() => settling);

    const status = virtualClusterStatus(options, { host, controlPlane, engine });
    onEnd(await startStatusReports(config.dataDir, status, log));
    const { distro, version } = controlPlane;
    log.info({ distro, version, kubeconfig: config.writeKubeconfig }, 'virtual cluster is up');
    announce(`\n  kubectl --kubeconfig ${config.writeKubeconfig} get all -A\n\n`);
    onEnd(async () => {
      ending.abort(new Error('ending'));
      await running;
    });
    await Promise.race([running, controlPlane.failed, ...options.failures]);
  } finally {
    ending.abort(new Error('ending'));
    for (const close of closers) await close();
  }
}

/** Brings the add-ons in place, or removes those that are disabled, in its own time. */
async function addAddOns(
  client: KubeClient,
  { config, log, signal }: { config: Config; log: Logger; signal: AbortSignal },
): Promise<void> {
  const coreDns = coreDnsAddOn({
    image: config.corednsImage,
    replicas: config.corednsReplicas,
    clusterDomain: config.clusterDomain,
  });
  const disabled = ({ name }: AddOn) => config.disable.includes(name);
  await settleAddOns({ client, addOns: [coreDns], disabled, log, signal });
}
