import { quantityOf } from '../../translate/quantity.ts';
import { type KubeObject, type Service, type StatefulSet, resources } from '../../kube/types.ts';
import type { ClusterContext, ObjectsOf } from '../cluster-context.ts';
import { etcdMembers, etcdPorts, hasEtcd } from '../etcd-members.ts';
import { namesOf } from '../names.ts';
import { asMade } from '../secret-texts.ts';
import { dataVolume } from './data-volume.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { owned, typed } from './owned.ts';
import {
  placementOf,
  podLabelsOf,
  resourcesOf,
  restrictedContexts,
  spread,
  type Volume,
  type VolumeMount,
} from './pod-fields.ts';

const [dataFolder, keyFolder, clientFolder] = ['/data', '/etc/etcd/pki', '/etc/k3k/etcd'];
/** Without any it would be the first to be evicted, and its election late on a busy node. */
const defaultRequests = { cpu: '100m', memory: '128Mi' };
/** Its own default, and as much as etcd advises to have at most. */
const [defaultQuota, mostQuota] = [2 * 2 ** 30, 8 * 2 ** 30];
/** What the database may fill of its volume; the rest is for its log and its snapshots. */
const quotaShare = 0.6;

/** Returns the database that several servers share: three members that know each other by name, and go on when one is lost. Nothing for a cluster with one server. */
export const etcdObjects: ObjectsOf = (context) => {
  if (!hasEtcd(context)) return [];
  const { cluster, etcdKeys } = context;
  const name = namesOf(cluster.metadata.name).etcd;
  const labels = podLabelsOf(context, 'etcd');
  const budget = disruptionBudget(cluster, name, labels);
  const objects: KubeObject[] = [headlessService(context, name, labels), budget, statefulSet(context, name, labels)];
  return etcdKeys ? [asMade(cluster, etcdKeys), ...objects] : objects;
};

/** Where servers find the database, and the files by which they and it know each other: with the volume that holds them. */
export interface EtcdOfServers {
  /** `https://…:2379,…`. */
  endpoint: string;
  caFile: string;
  certFile: string;
  keyFile: string;
  volumes: Volume[];
  volumeMounts: VolumeMount[];
}

/** Returns how servers reach the database; undefined for a cluster with one server. */
export function etcdOfServers(context: ClusterContext): EtcdOfServers | undefined {
  if (!hasEtcd(context)) return undefined;
  const volume = keyVolume(context, ['ca.crt', 'client.crt', 'client.key']);
  return {
    endpoint: etcdMembers(context)
      .map(({ host }) => `https://${host}:${etcdPorts.client}`)
      .join(','),
    caFile: `${clientFolder}/ca.crt`,
    certFile: `${clientFolder}/client.crt`,
    keyFile: `${clientFolder}/client.key`,
    volumes: [volume],
    volumeMounts: [{ name: volume.name, mountPath: clientFolder, readOnly: true }],
  };
}

function headlessService({ cluster }: ClusterContext, name: string, labels: Record<string, string>): Service {
  return {
    ...typed(resources.services),
    metadata: owned(cluster, name),
    spec: {
      clusterIP: 'None',
      selector: labels,
      // Members have to find each other to become ready.
      publishNotReadyAddresses: true,
      ports: [
        { name: 'client', port: etcdPorts.client, targetPort: 'client' },
        { name: 'peer', port: etcdPorts.peer, targetPort: 'peer' },
      ],
    },
  };
}

function statefulSet(context: ClusterContext, name: string, labels: Record<string, string>): StatefulSet {
  const { cluster, spec, images } = context;
  const contexts = restrictedContexts(spec);
  const data = dataVolume(context);
  const keys = keyVolume(context, [
    'ca.crt',
    'server.crt',
    'server.key',
    'peer-ca.crt',
    'peer.crt',
    'peer.key',
    'peer-client.crt',
    'peer-client.key',
  ]);
  const probe = (path: string) => ({ httpGet: { path, port: 'metrics', scheme: 'HTTP' }, timeoutSeconds: 10 });
  return {
    ...typed(resources.statefulSets),
    metadata: owned(cluster, name),
    spec: {
      replicas: spec.servers,
      serviceName: name,
      // One after the other, no majority would ever come up again after all were lost.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...placementOf(context, 'etcd'),
          affinity: spread(labels),
          securityContext: contexts.pod,
          containers: [
            {
              name: 'etcd',
              image: images.etcd,
              ...(images.pullPolicy ? { imagePullPolicy: images.pullPolicy } : {}),
              command: ['etcd'],
              args: etcdArgs(context),
              env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
              ports: Object.entries(etcdPorts).map(([portName, containerPort]) => ({ name: portName, containerPort })),
              resources: resourcesOf(context, 'etcd', { requests: defaultRequests }),
              // With a majority, and what it needs for that: a member alone is alive, but not ready.
              startupProbe: { ...probe('/livez'), periodSeconds: 5, failureThreshold: 60 },
              readinessProbe: { ...probe('/readyz'), periodSeconds: 5 },
              livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 8 },
              securityContext: contexts.container,
              volumeMounts: [
                { name: data.name, mountPath: dataFolder },
                { name: keys.name, mountPath: keyFolder, readOnly: true },
              ],
            },
          ],
          volumes: [keys, ...data.volumes],
        },
      },
      ...data.claims,
    },
  };
}

/** What a pod cannot get at: the keys of the authorities. */
function keyVolume({ cluster }: ClusterContext, files: string[]): Volume {
  const secretName = namesOf(cluster.metadata.name).etcdKeys;
  return { name: 'etcd-keys', secret: { secretName, items: files.map((file) => ({ key: file, path: file })) } };
}

/** Returns the arguments of each member; `$(POD_NAME)` is its name. Known to etcd since 3.5. */
function etcdArgs(context: ClusterContext): string[] {
  const { cluster, host } = context;
  const members = etcdMembers(context);
  const { name, namespace = 'default', uid = '' } = cluster.metadata;
  const self = `$(POD_NAME).${namesOf(name).etcd}.${namespace}.svc`;
  const everywhere = host.serviceCidr?.includes(':') ? '[::]' : '0.0.0.0';
  const key = (file: string) => `${keyFolder}/${file}`;
  const flags = {
    name: '$(POD_NAME)',
    'data-dir': `${dataFolder}/etcd`,
    'listen-client-urls': `https://${everywhere}:${etcdPorts.client}`,
    'advertise-client-urls': `https://${self}:${etcdPorts.client}`,
    'listen-peer-urls': `https://${everywhere}:${etcdPorts.peer}`,
    'initial-advertise-peer-urls': `https://${self}:${etcdPorts.peer}`,
    'listen-metrics-urls': `http://${everywhere}:${etcdPorts.metrics}`,
    'initial-cluster': members.map((each) => `${each.name}=https://${each.host}:${etcdPorts.peer}`).join(','),
    // Heeded by a member without data alone.
    'initial-cluster-state': 'new',
    // So that one of another cluster of that name is never taken for a member.
    'initial-cluster-token': uid,
    'quota-backend-bytes': quotaOf(context),
    'cert-file': key('server.crt'),
    'key-file': key('server.key'),
    'trusted-ca-file': key('ca.crt'),
    'client-cert-auth': true,
    'peer-cert-file': key('peer.crt'),
    'peer-key-file': key('peer.key'),
    'peer-client-cert-file': key('peer-client.crt'),
    'peer-client-key-file': key('peer-client.key'),
    'peer-trusted-ca-file': key('peer-ca.crt'),
    'peer-client-cert-auth': true,
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}

/** A full database refuses to grow, and can be compacted; a full volume ends etcd. */
function quotaOf({ spec: { persistence } }: ClusterContext): number {
  const size = quantityOf(persistence.storageRequestSize ?? '');
  return Number.isNaN(size) ? defaultQuota : Math.min(Math.floor(size * quotaShare), mostQuota);
}
