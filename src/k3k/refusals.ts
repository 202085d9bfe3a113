import { kubernetesMinors } from '../kubernetes-minors.ts';
import type { StatefulSet } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { compareVersions, sharedMinor, shownVersion } from './cluster-version.ts';
import { faultsOfCustomAuthorities } from './custom-authorities.ts';
import { ingressHosts } from './endpoint.ts';
import { addonLabel, addonsOf } from './objects/addons.ts';

/** Names that the volumes of servers have themselves. */
const ownVolume = /^(data|tmp|addon-\d+|etcd-keys|authorities|config|run|var-run|cni|kubelet|log)$/;

/** Returns why the Cluster cannot be made as its spec says, undefined if it can. `servers` is what runs now. Pure. */
export function refusalOf(context: ClusterContext, servers: StatefulSet | undefined): string | undefined {
  return [mode, version, addresses, exposure, volumes, addons, authorities]
    .map((check) => check(context, servers))
    .find((refusal) => refusal !== undefined);
}

function mode({ spec, policy }: ClusterContext): string | undefined {
  if (!policy || policy.spec.allowedMode === spec.mode) return undefined;
  return `mode is ${spec.mode}, and the policy ${policy.metadata.name} of this namespace allows ${policy.spec.allowedMode} only`;
}

function version(context: ClusterContext): string | undefined {
  const { cluster, spec } = context;
  if (spec.mode === 'shared' && !sharedMinor(context)) {
    return `version is ${spec.version}: in mode shared there is Kubernetes ${kubernetesMinors.join(' and ')}`;
  }
  const running = cluster.status?.version;
  if (running === undefined || compareVersions(shownVersion(context), running) >= 0) return undefined;
  return `version is ${spec.version}, and ${running} runs: it can only go up`;
}

function addresses({ spec, host }: ClusterContext): string | undefined {
  const { serviceCIDR } = spec;
  if (spec.mode !== 'shared' || !serviceCIDR || !host.serviceCidr || serviceCIDR === host.serviceCidr) return undefined;
  return `serviceCIDR is ${serviceCIDR}: in mode shared it is that of the host, ${host.serviceCidr}. Make another Cluster without it`;
}

function exposure({ spec: { expose, tlsSANs } }: ClusterContext): string | undefined {
  if (!expose?.ingress || ingressHosts(tlsSANs).length > 0) return undefined;
  return 'expose.ingress needs a DNS name among tlsSANs: it is the host of the Ingress';
}

function volumes({ spec }: ClusterContext, servers: StatefulSet | undefined): string | undefined {
  const names = (spec.secretMounts ?? []).map(({ name }) => name);
  const taken = names.find((name) => ownVolume.test(name));
  if (taken) return `secretMounts has a volume called ${taken}, as the servers have one: give it another name`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) return `secretMounts has two volumes called ${twice}: give each a name of its own`;
  const isKept = (servers?.spec?.volumeClaimTemplates ?? []).length > 0;
  if (!servers || isKept === (spec.persistence.type === 'dynamic')) return undefined;
  return `persistence.type cannot change: the servers would lose their data. Make another Cluster`;
}

function addons(context: ClusterContext): string | undefined {
  const all = addonsOf(context);
  const twice = all.find(({ folder }, index) => all.findIndex((each) => each.folder === folder) !== index);
  if (twice) return `addons names two Secrets called ${twice.folder}: give one of them another name`;
  const closed = all.find(({ source, isCopied }) => {
    const found = context.secrets.get(source);
    return isCopied && found && found.metadata.labels?.[addonLabel] !== 'true';
  });
  if (!closed) return undefined;
  return `addons names the Secret ${closed.source} of another namespace, which does not let clusters have it: label it ${addonLabel}=true`;
}

function authorities(context: ClusterContext): string | undefined {
  return faultsOfCustomAuthorities(context)[0];
}
