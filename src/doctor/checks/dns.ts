import { connect } from 'node:net';
import { ifFound } from '../../kube/errors.ts';
import { type Endpoints, type Service, resources } from '../../kube/types.ts';
import { createTranslator } from '../../translate/translator.ts';
import type { Check } from '../check.ts';
import { type Finding, ok, skip, warn } from '../finding.ts';
import { may, mayOrNotTried } from '../may.ts';

const dialMs = 2_000;

/** Where the pods of the virtual cluster look names up: in its own cluster DNS, which runs in pods of the host, or in that of the host. */
export const dnsCheck: Check = {
  name: 'dns',
  async run(facts) {
    const { config } = facts;
    const { client, namespace } = await facts.host();
    await mayOrNotTried(facts, 'get', 'services');
    const service = createTranslator({ id: config.id, hostNamespace: namespace }).hostName(
      'Service',
      'kube-system',
      'kube-dns',
    );
    const found = await ifFound(client.get<Service>({ resource: resources.services, namespace, name: service }));
    const address = found?.spec?.clusterIP;
    if (!address || address === 'None') return [withoutService(config)];
    if (!(await may(facts, 'get', 'endpoints')))
      return [skip(`it has the address ${address}; its pods may not be read`)];
    const endpoints = await ifFound(client.get<Endpoints>({ resource: resources.endpoints, namespace, name: service }));
    const ready = (endpoints?.subsets ?? []).flatMap(({ addresses = [] }) => addresses);
    if (ready.length === 0) {
      const todo = `See why: kubectl -n ${namespace} get pods -l k3v.io/cluster=${config.id}. It is no matter while the virtual cluster has not been up.`;
      return [warn(`cluster DNS has the address ${address} on the host, and no pod that is ready`, todo)];
    }
    const reach = (await answers(address)) ? 'reached from here' : 'not reached from here, which only pods need to';
    return [ok(`cluster DNS has the address ${address} on the host and ${ready.length} ready pod(s); ${reach}`)];
  },
};

function withoutService({ disable, corednsImage, clusterDomain }: Parameters<Check['run']>[0]['config']): Finding {
  if (!disable.includes('coredns')) {
    return ok(
      `k3v will run ${corednsImage} on the host for ${clusterDomain}; names of the outside come from the resolver of its node`,
    );
  }
  const todo =
    'Leave --disable coredns out, or run a cluster DNS as the Service kube-system/kube-dns in the virtual cluster.';
  return warn(
    'there is none by --disable coredns: pods ask the DNS of the host, which does not know their Services',
    todo,
  );
}

/** Whether a name server takes connections at `address`. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 53, timeout: dialMs });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
  });
}
