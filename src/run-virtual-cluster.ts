import { coreDnsAddOn } from './add-ons/coredns.ts';
import { settleAddOns } from './add-ons/settle-add-ons.ts';
import { clusterIndexes } from './apiserver-proxy/cluster-indexes.ts';
import type { Config } from './cli/config.ts';
import type { Status } from './cli/status.ts';
import type { StartControlPlane } from './control-plane/control-plane.ts';
import { defaultK3sReleaseUrl } from './control-plane/k3s-release.ts';
import type { ProxySettings } from './control-plane/proxy-settings.ts';
import { kubeconfigYaml } from './control-plane/kubeconfig.ts';
import { claimId } from './host/claim-id.ts';
import { openHost } from './host/open-host.ts';
import { clientFromKubeConfig } from './kube/client-from-kubeconfig.ts';
import type { Kubeconfig } from './kube/kubeconfig.ts';
import { createKubeClient } from './kube/rest-client.ts';
import { type Namespace, resources } from './kube/types.ts';
import type { Logger } from './log.ts';
import type { Progress } from './progress.ts';
import type { StateStore } from './state/store.ts';
import { startStatusReports } from './report-status.ts';
import { startApiserverProxy } from './start-apiserver-proxy.ts';
import { startServiceWebhook } from './start-service-webhook.ts';
import { reserveApiServerAddress } from './syncer/api-server-address.ts';
import { createSyncEngine } from './syncer/engine.ts';
import { createRegistry } from './syncer/registry.ts';
import { createServiceAdmission } from './syncer/service-admission.ts';
import { createTranslator } from './translate/translator.ts';
import { writeTenantKubeconfig } from './write-tenant-kubeconfig.ts';

/** What one virtual cluster on one host runs with. */
export interface VirtualClusterOptions {
  config: Config;
  host: { config: Kubeconfig; source: string; namespace: string | undefined; simulated: boolean };
  /** Reject when something that was started before fails for good. */
  failures: Promise<never>[];
  /** Open state; its lock is what keeps another k3v off the data directory. */
  store: StateStore;
  cacheDir: string;
  /** What downloads go through. */
  proxy: ProxySettings;
  startControlPlane: StartControlPlane;
  log: Logger;
  progress: Progress;
  /** Shows lines to a person at a terminal. */
  announce: (lines: string) => void;
  signal: AbortSignal;
}

/** Runs a virtual cluster until `signal` aborts; resolves when all of it has ended. Rejects with K3vError if it cannot start or go on. */
export async function runVirtualCluster(options: VirtualClusterOptions): Promise<void> {
  const { config, store, log, progress, announce, signal } = options;
  const { id } = config;
  const hostNamespace = config.namespace ?? options.host.namespace ?? 'default';
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  // Once it is up, the control plane is stopped in its turn, after the syncer that writes to it.
  const starting = new AbortController();
  const abortStart = () => starting.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abortStart);
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const hostClient = clientFromKubeConfig(options.host.config);
    closers.unshift(() => hostClient.close());
    const step = progress.step(`host ${hostClient.server}`);
    const host = await openHost(hostClient, hostNamespace, config);
    const { forbidden, serviceCidr, advertiseAddress } = host;
    step.done(`${host.version}, namespace ${hostNamespace}, services ${serviceCidr}`);

    const translator = createTranslator({ id, hostNamespace });
    const reserved = await reserveApiServerAddress(hostClient, translator, log);
    let adopted = false;
    closers.unshift(async () => {
      if (!adopted) await reserved.release();
    });
    const apiserverProxy = await startApiserverProxy({
      dataDir: config.dataDir,
      hostNetwork: config.hostNetwork,
      host: { raw: hostClient.raw, config: options.host.config, namespace: hostNamespace },
      serviceCidr,
      clusterDomain: config.clusterDomain,
      log,
    });
    closers.unshift(() => apiserverProxy.stop());
    const controlPlane = await options.startControlPlane(
      {
        dataDir: config.dataDir,
        distro: config.distro,
        k3sBinary: config.k3sBinary,
        listenPort: config.listenPort,
        advertiseAddress,
        tlsSans: [...config.tlsSans, ...reserved.addresses],
        serviceCidr,
        clusterDomain: config.clusterDomain,
        egress: apiserverProxy.egress,
        k3sReleaseUrl: defaultK3sReleaseUrl,
        cacheDir: options.cacheDir,
        proxy: options.proxy,
        log,
        progress,
      },
      starting.signal,
    );
    signal.removeEventListener('abort', abortStart);
    closers.unshift(() => controlPlane.stop());
    const virtualClient = createKubeClient({
      server: controlPlane.admin.server,
      // Read anew each time: the certificate is renewed while k3v runs.
      credentials: async () => {
        const { caPem, certPem, keyPem } = controlPlane.admin;
        return { tls: { ca: caPem, cert: certPem, key: keyPem }, headers: {} };
      },
    });
    closers.unshift(() => virtualClient.close());

    const kubeSystem = await untilFound(() =>
      virtualClient.get<Namespace>({ resource: resources.namespaces, name: 'kube-system' }),
    );
    await claimId(hostClient, hostNamespace, id, kubeSystem.metadata.uid ?? '');
    await writeTenantKubeconfig(
      config.writeKubeconfig,
      kubeconfigYaml({ ...controlPlane.admin, contextName: `k3v-${id}` }),
    );

    const admission = await startServiceWebhook({
      dataDir: config.dataDir,
      store,
      review: createServiceAdmission({ host: hostClient, translator, log }),
      log,
    });
    closers.unshift(() => admission.stop());
    apiserverProxy.allowWebhook(admission.url);
    const engine = await createSyncEngine({
      virtual: virtualClient,
      host: hostClient,
      registry: createRegistry({
        apiServer: { ip: advertiseAddress, port: config.listenPort },
        serviceWebhook: admission,
      }),
      translator,
      settings: {
        clusterDomain: config.clusterDomain,
        runsDns: !config.disable.includes('coredns'),
        writesPodStatus: !forbidden.includes('pods/status'),
        syncAll: new Set(config.syncAll),
      },
      store,
      optional: ({ plural }) => !forbidden.includes(plural),
      indexes: clusterIndexes,
      log,
    });
    const running = engine.run(both);
    adopted = true;
    const sync = progress.step('sync');
    await Promise.race([engine.synced(), controlPlane.failed, running]);
    apiserverProxy.connect(engine.context);
    sync.done();
    const coreDns = coreDnsAddOn({
      image: config.corednsImage,
      replicas: config.corednsReplicas,
      clusterDomain: config.clusterDomain,
    });
    const settling = settleAddOns({
      client: virtualClient,
      addOns: [coreDns],
      disabled: ({ name }) => config.disable.includes(name),
      log,
      signal: both,
    });
    closers.unshift(() => settling);

    const startedAt = new Date().toISOString();
    const status = (): Status => ({
      pid: process.pid,
      startedAt,
      distro: controlPlane.distro,
      version: controlPlane.version,
      host: {
        server: hostClient.server,
        version: host.version,
        namespace: hostNamespace,
        simulated: options.host.simulated,
      },
      id,
      kubeconfig: config.writeKubeconfig,
      children: controlPlane.pids(),
      synced: true,
      kinds: engine.status(),
      forbidden,
    });
    closers.unshift(await startStatusReports(config.dataDir, status, log));
    log.info(
      { distro: controlPlane.distro, version: controlPlane.version, kubeconfig: config.writeKubeconfig },
      'virtual cluster is up',
    );
    announce(`\n  kubectl --kubeconfig ${config.writeKubeconfig} get all -A\n\n`);
    closers.unshift(async () => {
      ending.abort(new Error('ending'));
      await running;
    });
    await Promise.race([running, controlPlane.failed, ...options.failures]);
  } finally {
    ending.abort(new Error('ending'));
    for (const close of closers) await close();
  }
}

/** The API server makes kube-system itself, a moment after it is ready. */
async function untilFound<T>(find: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await find();
    } catch (error) {
      if (attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
