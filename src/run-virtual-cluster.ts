import { createClusterView } from './apiserver-proxy/cluster-view.ts';
import type { Config } from './cli/config.ts';
import { connectHost } from './connect-host.ts';
import { readCaDir } from './control-plane/ca-dir.ts';
import { createSync } from './create-sync.ts';
import { createEnding } from './ending.ts';
import { findMetrics } from './find-metrics.ts';
import { soleTerm } from './kube/lease-election.ts';
import { keepClaim } from './host/keep-claim.ts';
import { createManifestKeeper } from './manifests/manifest-keeper.ts';
import { startStatusReports } from './report-status.ts';
import { openReplica } from './open-replica.ts';
import { runTogether } from './run-together.ts';
import { serveOwnMetrics } from './serve-own-metrics.ts';
import { startApiserverProxy } from './start-apiserver-proxy.ts';
import { startMetrics } from './start-metrics.ts';
import { startVirtualApi } from './start-virtual-api.ts';
import { reserveApiServerAddress } from './syncer/api-server-address.ts';
import { createTranslator } from './translate/translator.ts';
import { virtualClusterStatus } from './virtual-cluster-status.ts';
import type { VirtualClusterOptions } from './virtual-cluster-options.ts';

/** Runs a virtual cluster until `signal` aborts; resolves when all of it has ended. Rejects with K3vError if it cannot start or go on. */
export async function runVirtualCluster(options: VirtualClusterOptions): Promise<void> {
  const { config, log, progress, announce, signal } = options;
  signal.throwIfAborted();
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const { onEnd, end } = createEnding({ log });
  try {
    const manifests = config.manifests.length > 0 ? await createManifestKeeper(config.manifests, { log }) : undefined;
    const givenKeys = config.caDir === undefined ? undefined : await readCaDir(config.caDir, new Date());
    const ownMetrics = await serveOwnMetrics(config, onEnd);
    const host = await connectHost(options, { metrics: ownMetrics, signal: both }, onEnd);
    const replica = isShared(config)
      ? await openReplica({ config, host, store: options.store, givenKeys, log })
      : undefined;
    const translator = createTranslator({ id: config.id, hostNamespace: host.namespace });
    const reserved = await reserveApiServerAddress(host.client, translator, log);
    let adopted = false;
    onEnd('address of the API server', async () => {
      // Other replicas may have it in their certificates by now.
      if (!adopted && (!replica || replica.isStranger())) await reserved.release();
    });
    const apiserverProxy = await startApiserverProxy({
      dataDir: config.dataDir,
      transport: options.transport,
      hostNetwork: config.hostNetwork,
      host: { raw: host.client.raw, latest: options.host.latest, namespace: host.namespace },
      serviceCidr: host.serviceCidr,
      clusterDomain: config.clusterDomain,
      log,
    });
    onEnd('apiserver-proxy', () => apiserverProxy.stop());
    const { addresses } = reserved;
    const { egress } = apiserverProxy;
    const virtual = await startVirtualApi(
      options,
      { host, addresses, egress, replica, givenKeys, metrics: ownMetrics },
      onEnd,
    );
    const { controlPlane } = virtual;
    const { authority } = apiserverProxy;
    const ways = config.disable.includes('metrics') ? undefined : await findMetrics(host);
    const { engine, lead, webhook } = await createSync(
      options,
      {
        host,
        virtual: virtual.client,
        distro: controlPlane.distro,
        translator,
        metrics: ways && { caPem: authority.certPem },
        replica,
        manifests,
        ownMetrics,
      },
      onEnd,
    );
    apiserverProxy.allowWebhook(webhook);

    const claim = { namespace: host.namespace, id: config.id, owner: virtual.clusterUid, log };
    const running = runTogether(
      [
        (each) => engine.run(each),
        async (each) => await (replica ? replica.run(virtual.leaseClient, lead, each) : lead(soleTerm(each))),
        async (each) => await keepClaim(host.urgentClient, claim, each),
      ],
      both,
    );
    onEnd('syncer', async () => {
      // Why it failed is thrown below.
      await running.catch(() => {});
    });
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
    onEnd('metrics', () => metrics?.close());
    apiserverProxy.connect(view, metrics);
    sync.done();
    ownMetrics?.follow({
      id: config.id,
      hostNamespace: host.namespace,
      controlPlane,
      kinds: () => engine.status(),
      leads: () => !replica || replica.standing().leads,
      hostRequests: host.requests,
    });

    const status = virtualClusterStatus(options, { host, controlPlane, engine, replica, manifests });
    onEnd('status', await startStatusReports(config.dataDir, status, log));
    await Promise.race([controlPlane.ready, controlPlane.failed, running]);
    signal.throwIfAborted();
    const { distro, version } = controlPlane;
    log.info({ distro, version, kubeconfig: config.writeKubeconfig }, 'virtual cluster is up');
    announce(`\n  kubectl --kubeconfig ${config.writeKubeconfig} get all -A\n\n`);
    await Promise.race([running, controlPlane.failed, ...options.failures]);
  } finally {
    ending.abort(new Error('ending'));
    await end();
  }
}

/** Whether another k3v could be started on the same objects. */
function isShared({ datastore }: Config): boolean {
  return datastore.kind !== 'sqlite';
}
