import { type GivenFlags, argumentsIn, invalidFlag, itemsIn, pairsIn, textIn, wholeIn } from './given-flags.ts';
import type { OwnFlag } from './own-flags.ts';

/** Ways in which clients outside of the host reach an API server. */
const exposures = ['nodeport', 'loadbalancer', 'ingress', 'none'] as const;
type Exposure = (typeof exposures)[number];

/** By the words of `--sync`, the fields of `spec.sync`. */
const syncFields: Readonly<Record<string, string>> = {
  ingresses: 'ingresses',
  priorityclasses: 'priorityClasses',
  storageclasses: 'storageClasses',
};

/** What can be said of a cluster when it is made, and changed later. */
export const changeableFlags = {
  version: {
    type: 'string',
    describe: 'Kubernetes version, such as v1.36, or a k3s version in mode virtual; it can only go up',
  },
  servers: { type: 'string', describe: 'how many servers: 1, or 3 that go on when one is lost' },
  agents: { type: 'string', describe: 'how many k3s agents, in mode virtual' },
  'server-args': {
    type: 'array',
    takesDashes: true,
    describe: 'further arguments of the servers: of k3v in mode shared, of k3s server in mode virtual (repeatable)',
  },
  'agent-args': { type: 'array', takesDashes: true, describe: 'further arguments of k3s agent (repeatable)' },
  'server-envs': { type: 'array', describe: 'environment of the servers: <name>=<value> (repeatable)' },
  'agent-envs': { type: 'array', describe: 'environment of the agents: <name>=<value> (repeatable)' },
  'tls-sans': {
    type: 'array',
    describe: 'further names and addresses in the certificate of the API server (repeatable)',
  },
  expose: {
    type: 'string',
    choices: exposures,
    describe:
      'how clients outside of the host reach the API server: nodeport, loadbalancer, ingress (by the DNS names of --tls-sans), or none: k3v cluster connect does',
  },
  'expose-port': {
    type: 'string',
    describe: 'port of the load balancer, or on the nodes; else 443, or one that the host chooses',
  },
  'ingress-class': { type: 'string', describe: "class of the Ingress of --expose ingress; else the host's" },
  sync: {
    type: 'array',
    choices: Object.keys(syncFields),
    describe: 'further kinds that cross to the host or back, in mode shared; <kind>=false: no more (repeatable)',
  },
  labels: { type: 'array', describe: 'labels of the Cluster: <name>=<value> (repeatable)' },
  annotations: { type: 'array', describe: 'annotations of the Cluster: <name>=<value> (repeatable)' },
} as const satisfies Record<string, OwnFlag>;

/** What is said of a cluster when it is made, and stays. */
export const lastingFlags = {
  mode: {
    type: 'string',
    choices: ['shared', 'virtual'],
    describe:
      'shared: its pods run as pods of the host; virtual: they run inside of k3s servers and agents. The host takes shared if it is left out',
  },
  'cluster-cidr': { type: 'string', describe: 'range of pod addresses, in mode virtual' },
  'service-cidr': { type: 'string', describe: "range of Service addresses; in mode shared it has to be the host's" },
  'mirror-host-nodes': { type: 'boolean', describe: 'show nodes of the host as they are, in mode shared' },
  'persistence-type': {
    type: 'string',
    choices: ['dynamic', 'ephemeral'],
    describe: 'where the data of the servers lies: dynamic, in volumes; ephemeral, in the pods, and gone with them',
  },
  'storage-class-name': { type: 'string', describe: "storage class of the volumes; else the host's" },
  'storage-request-size': { type: 'string', describe: 'size of each volume, such as 2G' },
} as const satisfies Record<string, OwnFlag>;

/** Fields of a Cluster that were asked for; those that were not are not there. */
export interface ClusterFields {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec: Record<string, unknown>;
}

/** Returns the fields of a Cluster that the flags ask for, exposed as `exposure` says. Throws FLAG_INVALID. What else is wrong the API server says. */
export function clusterFields(given: GivenFlags, exposure: Exposure | undefined): ClusterFields {
  const text = (name: keyof typeof changeableFlags | keyof typeof lastingFlags) => textIn(given, name);
  const persistence = present({
    type: text('persistence-type'),
    storageClassName: text('storage-class-name'),
    storageRequestSize: text('storage-request-size'),
  });
  const spec = present({
    mode: text('mode'),
    version: text('version'),
    servers: wholeIn(given, 'servers', [1, 3]),
    agents: wholeIn(given, 'agents', [0, 1000]),
    clusterCIDR: text('cluster-cidr'),
    serviceCIDR: text('service-cidr'),
    mirrorHostNodes: given.given['mirror-host-nodes'],
    persistence: Object.keys(persistence).length > 0 ? persistence : undefined,
    serverArgs: argumentsIn(given, 'server-args'),
    agentArgs: argumentsIn(given, 'agent-args'),
    serverEnvs: variablesIn(given, 'server-envs'),
    agentEnvs: variablesIn(given, 'agent-envs'),
    tlsSANs: itemsIn(given, 'tls-sans'),
    expose: exposeOf(given, exposure),
    sync: syncOf(given),
  });
  const [labels, annotations] = [pairsIn(given, 'labels'), pairsIn(given, 'annotations')];
  return { spec, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
}

function syncOf(given: GivenFlags): object | undefined {
  const kinds = itemsIn(given, 'sync')?.map((item) => {
    const [, word = '', value] = /^([^=]+)(?:=(true|false))?$/.exec(item) ?? [];
    const field = Object.hasOwn(syncFields, word) ? syncFields[word] : undefined;
    if (field === undefined) throw invalidFlag('sync', item, `of ${Object.keys(syncFields).join(', ')}`);
    return [field, { enabled: value !== 'false' }] as const;
  });
  return kinds && Object.fromEntries(kinds);
}

/** Returns `--expose`. */
export function exposureIn(given: GivenFlags): Exposure | undefined {
  const word = textIn(given, 'expose');
  return exposures.find((each) => each === word);
}

function exposeOf(given: GivenFlags, exposure: Exposure | undefined): object | undefined {
  const port = wholeIn(given, 'expose-port', [1, 65_535]);
  const ingressClassName = textIn(given, 'ingress-class');
  if (port !== undefined && exposure !== 'nodeport' && exposure !== 'loadbalancer') {
    throw invalidFlag('expose-port', String(port), 'left out, or go with --expose nodeport or --expose loadbalancer');
  }
  if (ingressClassName !== undefined && exposure !== 'ingress') {
    throw invalidFlag('ingress-class', ingressClassName, 'left out, or go with --expose ingress');
  }
  const serverPort = present({ serverPort: port });
  switch (exposure) {
    case 'nodeport':
      return { nodePort: serverPort };
    case 'loadbalancer':
      return { loadBalancer: serverPort };
    case 'ingress':
      return { ingress: present({ ingressClassName }) };
    case 'none':
      return {};
    case undefined:
      return undefined;
  }
}

function variablesIn(given: GivenFlags, name: string): { name: string; value: string }[] | undefined {
  const pairs = pairsIn(given, name);
  return pairs && Object.entries(pairs).map(([variable, value]) => ({ name: variable, value }));
}

/** Returns `fields` without those that are undefined. */
function present(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
