import { contentHash } from '../../content-hash.ts';
import { stringify } from 'yaml';
import type { V1Container } from '@kubernetes/client-node';
import type { Json, Secret } from '../../kube/types.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { k3sTag } from '../cluster-version.ts';
import { secretOfTexts } from '../secret-texts.ts';
import type { ClusterSpec } from '../types.ts';
import { type Volume, type VolumeMount, resourcesOf } from './pod-fields.ts';
import { secretMounts } from './secret-mounts.ts';

type Container = Json<V1Container>;

/** Where k3s keeps its data, and where it looks for its settings. Further ones may be mounted below `config.yaml.d`. */
export const k3sFolder = '/var/lib/rancher/k3s';
const [configFile, nodeFolder] = ['/etc/rancher/k3s/config.yaml', '/etc/rancher/node'];
const configKey = 'config.yaml';

/** What a kubelet and containerd inside of a pod write to: not into the image, and gone with the pod. */
const scratch: Record<string, string> = {
  run: '/run',
  'var-run': '/var/run',
  cni: '/var/lib/cni',
  kubelet: '/var/lib/kubelet',
  log: '/var/log',
};

/** Settings of k3s, by the names of its flags. Those that are undefined are left out. */
export type K3sConfig = Record<string, string | string[] | undefined>;

/** Returns the Secret that has the settings, and what changes with them: pods read them at their start alone. */
export function k3sConfig(
  { cluster }: ClusterContext,
  name: string,
  config: K3sConfig,
): { secret: Secret; hash: string } {
  const secret = secretOfTexts(cluster, name, { [configKey]: stringify(config, { lineWidth: 0 }) });
  return { secret, hash: contentHash(secret.data ?? {}) };
}

/** Returns the name of the image. */
export function k3sImage(context: ClusterContext): Pick<Container, 'image'> & Partial<Container> {
  const { images } = context;
  return {
    image: `${images.k3s}:${k3sTag(context)}`,
    ...(images.pullPolicy ? { imagePullPolicy: images.pullPolicy } : {}),
  };
}

/** Returns the container that runs k3s, and its volumes but for `dataVolume`, which holds its data. */
export function k3sContainer(
  context: ClusterContext,
  role: 'server' | 'agent',
  { dataVolume, configSecret }: { dataVolume: string; configSecret: string },
): { container: Container & { volumeMounts: VolumeMount[] }; volumes: Volume[] } {
  const { spec } = context;
  const isServer = role === 'server';
  const given = secretMounts(spec, role);
  const args = separate((isServer ? spec.serverArgs : spec.agentArgs) ?? []);
  const env = (isServer ? spec.serverEnvs : spec.agentEnvs) ?? [];
  const container = {
    name: 'k3s',
    ...k3sImage(context),
    command: ['/bin/k3s', role],
    ...(args.length > 0 ? { args } : {}),
    ...(env.length > 0 ? { env } : {}),
    resources: resourcesOf(context, role),
    securityContext: privileged(spec),
    volumeMounts: [
      { name: dataVolume, mountPath: k3sFolder },
      // By the password in it a server knows the node again.
      { name: dataVolume, mountPath: nodeFolder, subPath: 'etc-node' },
      { name: 'config', mountPath: configFile, subPath: configKey, readOnly: true },
      ...Object.entries(scratch).map(([name, mountPath]) => ({ name, mountPath })),
      ...given.volumeMounts,
    ],
  };
  const volumes = [
    { name: 'config', secret: { secretName: configSecret, defaultMode: 0o600 } },
    ...Object.keys(scratch).map((name) => ({ name, emptyDir: {} })),
    ...given.volumes,
  ];
  return { container, volumes };
}

/** A kubelet needs it; who says otherwise means it. */
function privileged({ securityContext }: ClusterSpec): Container['securityContext'] {
  return { privileged: true, ...securityContext };
}

/** Returns arguments as k3s takes them. K3K hands them to a shell, where `--flag value` is two of them. */
function separate(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const [, flag, value] = /^(--?[A-Za-z][\w.-]*)\s+(\S[^]*)$/.exec(arg) ?? [];
    return flag === undefined || value === undefined ? [arg] : [flag, value];
  });
}
