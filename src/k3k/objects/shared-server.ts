import type { V1Container, V1Probe } from '@kubernetes/client-node';
import { type Json, type StatefulSet, resources } from '../../kube/types.ts';
import type { ClusterContext, ObjectsOf } from '../cluster-context.ts';
import { sharedMinor } from '../cluster-version.ts';
import { endpointOf } from '../endpoint.ts';
import { namesOf } from '../names.ts';
import { syncedKinds } from '../synced-kinds.ts';
import { addonsOf } from './addons.ts';
import { apiPort } from './api-service.ts';
import { customCaDir } from './custom-ca-dir.ts';
import { dataVolume } from './data-volume.ts';
import { etcdOfServers } from './etcd.ts';
import { owned, typed } from './owned.ts';
import { type PodSpec, placementOf, podLabelsOf, resourcesOf, restrictedContexts, spread } from './pod-fields.ts';
import { type Mounts, secretMounts } from './secret-mounts.ts';
import { serverCompanions } from './server-companions.ts';

const dataDir = '/data';
const manifestsDir = '/manifests';
/** Without any, a busy node leaves a server no time to answer, and it is the first to be evicted. */
const defaultRequests = { cpu: '250m', memory: '512Mi' };

/** The servers in mode shared: k3v, which runs the control plane and carries what the tenant makes across to the namespace of the Cluster. None as long as their address is not known. */
export const sharedServer: ObjectsOf = (context) => {
  const { cluster, spec } = context;
  const endpoint = endpointOf(context);
  if ('waitsFor' in endpoint) return [];
  const names = namesOf(cluster.metadata.name);
  const labels = podLabelsOf(context, 'server');
  const server: StatefulSet = {
    ...typed(resources.statefulSets),
    metadata: owned(cluster, names.server),
    spec: {
      replicas: spec.servers,
      // A pod that cannot start is else in the way of the one that replaces it.
      podManagementPolicy: 'Parallel',
      serviceName: names.serverHeadless,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(context, endpoint) },
      ...dataVolume(context).claims,
    },
  };
  return [...serverCompanions(context), server];
};

function podSpec(context: ClusterContext, endpoint: { url: string; sans: string[] }): PodSpec {
  const { cluster, spec, images } = context;
  const { volumes, volumeMounts } = mountsOf(context);
  const security = restrictedContexts(spec);
  const container: Json<V1Container> = {
    name: 'k3v',
    image: images.k3v,
    ...(images.pullPolicy ? { imagePullPolicy: images.pullPolicy } : {}),
    args: serverArgs(context, endpoint),
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, ...(spec.serverEnvs ?? [])],
    ports: [{ name: 'https', containerPort: apiPort, protocol: 'TCP' }],
    resources: resourcesOf(context, 'server', { requests: defaultRequests }),
    securityContext: security.container,
    startupProbe: probe('/readyz', { periodSeconds: 1, failureThreshold: 300 }),
    readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 3 }),
    livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 6 }),
    // Why k3v ends, an ID_TAKEN for example, then stands in the status of the pod.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts,
  };
  return {
    ...(spec.servers > 1 ? { affinity: spread(podLabelsOf(context, 'server')) } : {}),
    ...placementOf(context, 'server'),
    serviceAccountName: namesOf(cluster.metadata.name).server,
    automountServiceAccountToken: true,
    securityContext: security.pod,
    containers: [container],
    volumes,
  };
}

function probe(path: string, timing: Pick<Json<V1Probe>, 'periodSeconds' | 'failureThreshold'>): Json<V1Probe> {
  return { httpGet: { path, port: apiPort, scheme: 'HTTPS' }, timeoutSeconds: 5, ...timing };
}

/** The arguments of k3v. Those of the Cluster come last: what takes several values adds up, what takes one is refused by k3v. */
function serverArgs(context: ClusterContext, { url, sans }: { url: string; sans: string[] }): string[] {
  const { cluster, spec } = context;
  const { name, namespace = '' } = cluster.metadata;
  const etcd = etcdOfServers(context);
  const labels = Object.entries(spec.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`);
  const settings: [flag: string, ...values: string[]][] = [
    ['namespace', namespace],
    ['id', name],
    ['data-dir', dataDir],
    ['write-kubeconfig', `${dataDir}/kubeconfig.yaml`],
    ['listen-port', String(apiPort)],
    ['advertise-address', '$(POD_IP)'],
    ['write-kubeconfig-secret', namesOf(name).kubeconfig],
    ['kubeconfig-secret-server', url],
    ['distro', 'kubernetes'],
    ['kubernetes-version', sharedMinor(context) ?? ''],
    ['nodes', spec.mirrorHostNodes ? 'all' : 'from-pods'],
    ['tls-san', ...sans],
    ['service-cidr', spec.serviceCIDR ?? ''],
    ['sync', ...syncedKinds({ ...spec, serverArgs: [] })],
    ['pod-node-selector', ...labels],
    ['pod-priority-class', spec.priorityClass ?? ''],
    ['ca-dir', customCaDir(context).caDir ?? ''],
    ['replicas', etcd ? String(spec.servers) : ''],
    ['datastore-endpoint', etcd?.endpoint ?? ''],
    ['datastore-cafile', etcd?.caFile ?? ''],
    ['datastore-certfile', etcd?.certFile ?? ''],
    ['datastore-keyfile', etcd?.keyFile ?? ''],
    ['manifests', ...addonsOf(context).map(({ folder }) => `${manifestsDir}/${folder}`)],
  ];
  const given = settings.flatMap(([flag, ...values]) => values.filter(Boolean).map((value) => `--${flag}=${value}`));
  return [...given, ...takeOver(context), ...(spec.serverArgs ?? [])];
}

/** One that has lost its data is another virtual cluster to k3v, of the same id. */
function takeOver({ spec }: ClusterContext): string[] {
  return spec.persistence.type === 'ephemeral' ? ['--take-over-id'] : [];
}

function mountsOf(context: ClusterContext): Mounts {
  const { spec } = context;
  const given = secretMounts(spec, 'server');
  const addons = addonsOf(context).map((addon, index) => ({ ...addon, volume: `addon-${index}` }));
  const etcd = etcdOfServers(context) ?? { volumes: [], volumeMounts: [] };
  const authorities = customCaDir(context);
  const data = dataVolume(context);
  return {
    volumes: [
      ...data.volumes,
      { name: 'tmp', emptyDir: {} },
      ...addons.map(({ volume, secret }) => ({ name: volume, secret: { secretName: secret } })),
      ...etcd.volumes,
      ...authorities.volumes,
      ...given.volumes,
    ],
    volumeMounts: [
      { name: data.name, mountPath: dataDir },
      { name: 'tmp', mountPath: '/tmp' },
      ...addons.map(({ volume, folder }) => ({
        name: volume,
        mountPath: `${manifestsDir}/${folder}`,
        readOnly: true,
      })),
      ...etcd.volumeMounts,
      ...authorities.volumeMounts,
      ...given.volumeMounts,
    ],
  };
}
