import { affinity, mode, podSchema } from './shared-fields.ts';
import {
  type Schema,
  amounts,
  asElsewhere,
  core,
  flag,
  known,
  list,
  object,
  quantity,
  text,
  textList,
  texts,
  whole,
} from './schema.ts';
import { syncSchema } from './sync-schema.ts';

const unchanging = (what: string) => [
  { rule: 'self == oldSelf', message: `${what} cannot change: make another cluster` },
];
const portRange = { minimum: 1, maximum: 65_535 };
const nodePortRange = { minimum: 30_000, maximum: 32_767 };

const expose = object(
  'How clients outside of the host reach the API server. Without it, only pods of the host do, through the Service.',
  {
    ingress: object(
      'Through an Ingress, whose controller passes TLS through. Its hosts are the DNS names among tlsSANs.',
      {
        annotations: texts('Annotations of the Ingress, for example those that make its controller pass TLS through.'),
        ingressClassName: text('Class of the Ingress. Default: that of the host.'),
      },
    ),
    loadBalancer: object('Through a Service of type LoadBalancer.', {
      serverPort: whole('Port of the API server.', { default: 443, ...portRange }),
      etcdPort: whole('Has to be left out: no database is exposed.'),
    }),
    nodePort: object('Through a Service of type NodePort.', {
      serverPort: whole('Port on the nodes. Default: one that the host chooses.', nodePortRange),
      etcdPort: whole('Has to be left out: no database is exposed.'),
    }),
    annotations: texts('Annotations of the Service of the API server.'),
  },
  {
    rules: [
      {
        rule: '[has(self.ingress), has(self.loadBalancer), has(self.nodePort)].filter(x, x).size() <= 1',
        message: 'only one of ingress, loadBalancer and nodePort can be chosen',
      },
      {
        rule: '!(has(self.loadBalancer) && has(self.loadBalancer.etcdPort)) && !(has(self.nodePort) && has(self.nodePort.etcdPort))',
        message: 'etcdPort is not supported: the database of a cluster is never exposed',
      },
    ],
  },
);

const persistence = object(
  'Where the data of the servers lies.',
  {
    type: text('dynamic: in volumes that a storage class makes; ephemeral: in the pods, and gone with them.', {
      default: 'dynamic',
      enum: ['dynamic', 'ephemeral'],
    }),
    storageClassName: text('Storage class of the volumes. Default: that of the host.'),
    storageRequestSize: known(quantity, 'Size of each volume.', {
      default: '2G',
      rules: unchanging('the size of the volumes'),
    }),
  },
  { default: { type: 'dynamic' } },
);

const role = text('Which pods get it: server, agent, or all.', { enum: ['server', 'agent', 'all'], default: 'all' });

const secretMounts = list(
  'Secrets of the namespace that are mounted into server and agent pods, for example a registries.yaml of k3s.',
  object(
    'One Secret.',
    {
      secretName: text('Name of the Secret.', { minLength: 1 }),
      name: text('Name of the volume.', { minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' }),
      mountPath: text('Where it is mounted.', { minLength: 1 }),
      subPath: text('Key of the Secret, if only that is mounted.'),
      defaultMode: whole('File mode, for example 0400 (256).'),
      optional: flag('Whether pods start without the Secret.'),
      items: list('Keys of the Secret and the paths that they get. Default: all.', core('KeyToPath')),
      role,
    },
    { required: ['secretName', 'name', 'mountPath'] },
  ),
);

const addons = list(
  'Secrets whose entries are manifests, applied in the virtual cluster at its start and when they change.',
  object(
    'One Secret with manifests.',
    {
      secretNamespace: text('Namespace of the Secret. Default: that of the cluster.'),
      secretRef: text('Name of the Secret.', { minLength: 1 }),
    },
    { required: ['secretRef'] },
  ),
);

const authority = (whose: string): Schema =>
  object(
    `${whose}: a Secret of the namespace with the certificate tls.crt, followed by those that it descends from, and the key tls.key.`,
    { secretName: text('Name of the Secret.', { minLength: 1 }) },
    { required: ['secretName'] },
  );

const customCas = object(
  'Authorities of your own, instead of those that are made. They are those of the first start: cannot change.',
  {
    enabled: flag('Whether they are used.', { default: true }),
    sources: object('Where they are. What is left out is made.', {
      serverCA: authority('Signs the certificates of servers'),
      clientCA: authority('Signs the certificates of users: what it signs may be cluster-admin'),
      requestHeaderCA: authority('Signs who may speak for users, as aggregated API servers know it'),
      etcdServerCA: authority(
        'Signs the members of the database of 3 servers and its clients; with 1 server without use',
      ),
      etcdPeerCA: authority('Signs the members of the database of 3 servers for each other; with 1 server without use'),
      serviceAccountToken: object(
        'Signs the tokens of service accounts: a Secret of the namespace with the key tls.key.',
        { secretName: text('Name of the Secret.', { minLength: 1 }) },
        { required: ['secretName'] },
      ),
    }),
  },
  {
    rules: [
      { rule: '!self.enabled || has(self.sources)', message: 'customCAs says no sources: name them, or leave it out' },
      ...unchanging('customCAs'),
    ],
  },
);

const spec = object(
  'What is wanted of the virtual cluster.',
  {
    version: text(
      'Kubernetes version, such as v1.36 or v1.36.3, or a k3s version such as v1.36.3-k3s1: in mode shared its minor version counts, in mode virtual it is the tag of the k3s image. Default: that of the host. It can only go up.',
      { pattern: String.raw`^v?[0-9]+\.[0-9]+(\.[0-9]+)?([-+]k3s[0-9]+)?$` },
    ),
    mode: mode(
      'shared: pods of the virtual cluster run as pods of the namespace of this object; virtual: they run inside of k3s servers and agents, which are privileged pods with a network of their own.',
    ),
    servers: whole('How many servers run the control plane: 1, or 3 that go on when one is lost.', {
      default: 1,
      rules: [
        { rule: 'self == 1 || self == 3', message: 'servers has to be 1 or 3: other numbers survive no more losses' },
        {
          rule: 'self == oldSelf',
          message:
            'servers cannot change: one server has its database in a file, three have an etcd; make another cluster',
        },
      ],
    }),
    agents: whole('How many agents run pods, in mode virtual.', { default: 0, minimum: 0 }),
    clusterCIDR: text('Range of pod addresses, in mode virtual. Default: 10.52.0.0/16.', {
      rules: unchanging('clusterCIDR'),
    }),
    serviceCIDR: text(
      "Range of Service addresses. In mode shared it has to be the host's, and is found out if it is left out; in mode virtual the default is 10.53.0.0/16.",
      { rules: unchanging('serviceCIDR') },
    ),
    clusterDNS: text('Address of cluster DNS, in mode virtual. Default: the tenth of serviceCIDR.', {
      rules: unchanging('clusterDNS'),
    }),
    persistence,
    expose,
    nodeSelector: texts(
      'Labels of the nodes that server and agent pods, and in mode shared all pods of the virtual cluster, run on.',
    ),
    priorityClass: text(
      'PriorityClass of the host of server and agent pods, and in mode shared of all pods of the virtual cluster that have none of their own there.',
    ),
    tokenSecretRef: core(
      'SecretReference',
      'Secret whose key token is what servers and agents join with. Default: a token is made, in the Secret k3k-<name>-token. In mode shared nobody joins.',
    ),
    tlsSANs: textList('Further names and addresses in the certificate of the API server.'),
    serverArgs: textList('Further arguments of the servers: of k3v in mode shared, of k3s server in mode virtual.'),
    agentArgs: textList('Further arguments of k3s agent, in mode virtual.'),
    serverEnvs: list('Environment of the servers.', core('EnvVar')),
    agentEnvs: list('Environment of the agents, in mode virtual.', core('EnvVar')),
    addons,
    serverLimit: amounts('Limits of each server container; serverResources wins.'),
    workerLimit: amounts('Limits of each agent container, in mode virtual; workerResources wins.'),
    serverResources: core(
      'ResourceRequirements',
      'Resources of each server pod. Default in mode shared, without serverLimit: requests of 250m of cpu and 512Mi of memory.',
    ),
    workerResources: core('ResourceRequirements', 'Resources of each agent pod, in mode virtual.'),
    serverAffinity: affinity('server'),
    agentAffinity: affinity('agent'),
    mirrorHostNodes: flag(
      'In mode shared: whether nodes of the host are shown with their labels, taints and capacity. k3v then reads nodes of the host. Default: nodes are made from what pods on them report.',
    ),
    customCAs: customCas,
    sync: syncSchema,
    secretMounts,
    ...podSchema,
  },
  {
    // In full, as the rules look at it before the defaults of its fields come in.
    default: { mode: 'shared', servers: 1, agents: 0 },
    rules: [
      {
        rule: "self.mode == 'virtual' || self.agents == 0",
        message: 'agents are for mode virtual: in mode shared the nodes of the host run the pods',
      },
      ...['clusterCIDR', 'clusterDNS'].map((name) => ({
        rule: `self.mode == 'virtual' || !has(self.${name})`,
        message: `${name} is for mode virtual: in mode shared the host gives addresses`,
      })),
      ...['agentArgs', 'agentEnvs', 'workerLimit', 'workerResources', 'agentAffinity'].map((name) => ({
        rule: `self.mode == 'virtual' || !has(self.${name})`,
        message: `${name} is for mode virtual: in mode shared there are no agents`,
      })),
      {
        rule: "self.mode == 'shared' || !has(self.mirrorHostNodes)",
        message: 'mirrorHostNodes is for mode shared: in mode virtual nodes are agents',
      },
      {
        rule: "self.servers == 1 || !has(self.persistence) || !has(self.persistence.type) || self.persistence.type == 'dynamic'",
        message:
          'servers: 3 needs persistence of type dynamic: a member of their etcd that has lost its data cannot join again',
      },
      ...['clusterCIDR', 'serviceCIDR', 'clusterDNS', 'customCAs'].map((name) => ({
        rule: `has(self.${name}) == has(oldSelf.${name})`,
        message: `${name} cannot change: make another cluster`,
      })),
    ],
  },
);

const status = object(
  'What is known of the virtual cluster.',
  {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation of the object that this is about.',
    },
    phase: text(
      'Where it stands: Pending waits for a change of the object, Provisioning is under way, Failed is tried again.',
      {
        default: 'Unknown',
        enum: ['Pending', 'Provisioning', 'Ready', 'Failed', 'Terminating', 'Unknown'],
      },
    ),
    hostVersion: text('Version of the host.'),
    version: text('Kubernetes version that runs.'),
    endpoint: text('URL of the API server, for clients that may reach it.'),
    clusterCIDR: text('Range of pod addresses.'),
    serviceCIDR: text('Range of Service addresses.'),
    clusterDNS: text('Address of cluster DNS.'),
    tlsSANs: textList('Names and addresses in the certificate of the API server.'),
    policyName: text('The VirtualClusterPolicy that holds for the namespace.'),
    policy: object('What that policy says of this cluster.', {
      name: text('Name of the policy.', { minLength: 1 }),
      priorityClass: text('Its defaultPriorityClass.'),
      nodeSelector: texts('Its defaultNodeSelector.'),
      serverAffinity: asElsewhere('Its defaultServerAffinity.'),
      agentAffinity: asElsewhere('Its defaultAgentAffinity.'),
      sync: asElsewhere('Its sync.'),
      podSecurityContext: asElsewhere('Its podSecurityContext.'),
      securityContext: asElsewhere('Its securityContext.'),
      runtimeClassName: text('Its runtimeClassName.'),
      hostUsers: flag('Its hostUsers.'),
    }),
    conditions: list(
      'Ready: whether the API server answers and the kubeconfig is made.',
      known('io.k8s.apimachinery.pkg.apis.meta.v1.Condition'),
      {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      },
    ),
  },
  { default: {} },
);

/** The whole of a Cluster. */
export const clusterSchema = object(
  'A virtual cluster in the namespace of this object.',
  { spec, status },
  {
    rules: [
      {
        rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        message:
          'the name of a cluster has at most 40 of a-z, 0-9 and -, with no - at its ends: names of pods and of what its tenant makes are made of it',
      },
    ],
  },
);
