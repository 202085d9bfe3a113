import { hostAndPort } from '../../kube/host-and-port.ts';
import { serveMetrics } from '../../metrics/serve-metrics.ts';
import type { Check } from '../check.ts';
import { type Finding, ok } from '../finding.ts';
import { listenPortState } from '../listen-port.ts';

/** Whether the port of the virtual API server, and that of `--metrics-address`, can be had. All others that k3v listens on are whatever is free on 127.0.0.1. */
export const portsCheck: Check = {
  name: 'ports',
  async run(facts) {
    const { pid, taken } = await listenPortState(facts);
    if (taken) throw taken;
    const { listenPort, metricsAddress } = facts.config;
    if (pid !== undefined) return [ok(`${listenPort} is that of the k3v that runs (pid ${pid})`)];
    return [ok(`${listenPort} is free`), ...(metricsAddress ? [await tryToServe(metricsAddress)] : [])];
  },
};

/** Rejects with PORT_IN_USE. */
async function tryToServe(address: { host: string; port: number }): Promise<Finding> {
  const nothing = { metrics: async () => '', contentType: 'text/plain' };
  const served = await serveMetrics(address, { registry: nothing, isReady: () => false });
  await served.close();
  return ok(`metrics can be served on ${hostAndPort(address.host, address.port)}`);
}
