import type { V1Container } from '@kubernetes/client-node';
import { type Json, type StatefulSet, resources } from '../../kube/types.ts';
import { k3sAuthorities, k3sServiceAccountFile } from '../authorities.ts';
import type { ClusterContext, ObjectsOf } from '../cluster-context.ts';
import { endpointOf } from '../endpoint.ts';
import { namesOf } from '../names.ts';
import { asMade, textIn } from '../secret-texts.ts';
import { virtualRanges } from '../virtual-ranges.ts';
import { addonsOf } from './addons.ts';
import { apiPort } from './api-service.ts';
import { dataVolume } from './data-volume.ts';
import { etcdOfServers } from './etcd.ts';
import { k3sConfig, k3sContainer, k3sFolder, k3sImage } from './k3s-pod.ts';
import { owned, typed } from './owned.ts';
import { placementOf, podLabelsOf, restrictedContainer, spread, type Volume } from './pod-fields.ts';
import { serverCompanions } from './server-companions.ts';

const [authorityVolume, authorityFolder] = ['authorities', '/authorities'];
const authorityFiles = [
  ...Object.keys(k3sAuthorities).flatMap((base) => [`${base}.crt`, `${base}.key`]),
  k3sServiceAccountFile,
];

/** Lays the authorities down where k3s looks for its own, at the first start alone; each whole or not at all. */
const layAuthorities = [
  'set -e',
  'umask 077',
  `mkdir -p ${k3sFolder}/server/tls`,
  `cd ${k3sFolder}/server/tls`,
  `for file in ${authorityFiles.join(' ')}; do`,
  '  if [ ! -e "$file" ]; then',
  `    cp "${authorityFolder}/$file" "$file.new"`,
  '    mv "$file.new" "$file"',
  '  fi',
  'done',
].join('\n');

/**
 * The servers in mode virtual: k3s with all that belongs to it, a node each. Three of them share an etcd beside them, so that none depends on the address that another one had.
 * None as long as their address, their token or their authorities are not known.
 */
export const virtualServers: ObjectsOf = (context) => {
  const { cluster, spec, token, authorities } = context;
  const endpoint = endpointOf(context);
  const secretToken = textIn(token, 'token');
  if (spec.mode !== 'virtual' || 'waitsFor' in endpoint || secretToken === undefined || !authorities) return [];
  const names = namesOf(cluster.metadata.name);
  const etcd = etcdOfServers(context);
  const ranges = virtualRanges(spec);
  const config = k3sConfig(context, names.serverConfig, {
    token: secretToken,
    'tls-san': endpoint.sans,
    'cluster-cidr': ranges.clusterCIDR,
    'service-cidr': ranges.serviceCIDR,
    'cluster-dns': spec.clusterDNS,
    'datastore-endpoint': etcd?.endpoint,
    'datastore-cafile': etcd?.caFile,
    'datastore-certfile': etcd?.certFile,
    'datastore-keyfile': etcd?.keyFile,
  });
  return [asMade(cluster, authorities), config.secret, ...serverCompanions(context), statefulSet(context, config.hash)];
};

function statefulSet(context: ClusterContext, configHash: string): StatefulSet {
  const { cluster, spec } = context;
  const labels = podLabelsOf(context, 'server');
  const names = namesOf(cluster.metadata.name);
  const data = dataVolume(context);
  const etcd = etcdOfServers(context);
  const addons = addonsOf(context).map((addon, index) => ({ ...addon, volume: `addon-${index}` }));
  const { container, volumes } = k3sContainer(context, 'server', {
    dataVolume: data.name,
    configSecret: names.serverConfig,
  });
  return {
    ...typed(resources.statefulSets),
    metadata: owned(cluster, names.server),
    spec: {
      replicas: spec.servers,
      serviceName: names.serverHeadless,
      // After a loss of all, none has to wait for another one.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'k3k.io/config-hash': configHash } },
        spec: {
          ...(spec.servers > 1 ? { affinity: spread(labels) } : {}),
          ...placementOf(context, 'server'),
          ...(spec.podSecurityContext ? { securityContext: spec.podSecurityContext } : {}),
          initContainers: [authorityContainer(context, data.name)],
          containers: [
            {
              ...container,
              ports: [{ name: 'https', containerPort: apiPort }],
              ...probes,
              volumeMounts: [
                ...container.volumeMounts,
                ...addons.map(({ volume, folder }) => ({
                  name: volume,
                  mountPath: `${k3sFolder}/server/manifests/${folder}`,
                  readOnly: true,
                })),
                ...(etcd?.volumeMounts ?? []),
              ],
            },
          ],
          volumes: [
            ...data.volumes,
            authorityVolumeOf(context),
            ...volumes,
            ...addons.map(({ volume, secret }) => ({ name: volume, secret: { secretName: secret } })),
            ...(etcd?.volumes ?? []),
          ],
        },
      },
      ...data.claims,
    },
  };
}

const ping = { httpGet: { path: '/ping', port: 'https', scheme: 'HTTPS' }, timeoutSeconds: 10 };

/** k3s tells nobody unknown whether it is ready; once it has been, it ends where its API server does. */
const probes = {
  startupProbe: {
    exec: { command: ['/bin/k3s', 'kubectl', 'get', '--raw=/readyz'] },
    timeoutSeconds: 15,
    periodSeconds: 5,
    failureThreshold: 120,
  },
  readinessProbe: { ...ping, periodSeconds: 5 },
  livenessProbe: { ...ping, periodSeconds: 20, failureThreshold: 6 },
} as const satisfies Partial<Json<V1Container>>;

function authorityContainer(context: ClusterContext, data: string): Json<V1Container> {
  return {
    name: 'authorities',
    ...k3sImage(context),
    command: ['/bin/sh', '-c', layAuthorities],
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: data, mountPath: k3sFolder },
      { name: authorityVolume, mountPath: authorityFolder, readOnly: true },
    ],
  };
}

function authorityVolumeOf({ cluster }: ClusterContext): Volume {
  return { name: authorityVolume, secret: { secretName: namesOf(cluster.metadata.name).authorities } };
}
