import { isDeepStrictEqual } from 'node:util';
import {
  type Endpoints,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type Service,
  keyOf,
} from '../../src/kube/types.ts';
import { readTokenClaims } from '../../src/syncer/token-claims.ts';
import { isMetricsService } from '../../src/translate/metrics-service.ts';
import { projectedFiles, tokenSecretKind, trustBundlesKind } from '../../src/translate/projected-files.ts';
import { configMapsUsedBy, secretsUsedBy } from '../../src/translate/references.ts';
import type { Translator } from '../../src/translate/translator.ts';
import type { AuditResult } from './audit-result.ts';
import type { BothWorlds } from './both-worlds.ts';
import { matchKind } from './match-kind.ts';

/**
 * Compares all kinds that always cross, by what Kubernetes users would expect of the content, not by k3v's own translation. Returns the host
 * objects that are of one of these kinds. Endpoints are those that the tenant wrote as Endpoints; EndpointSlices of a tenant's own are not looked at.
 */
export function matchCrossing(
  { virtual, host }: BothWorlds,
  translator: Translator,
  result: AuditResult,
): KubeObject[] {
  const usedConfigMaps = new Set(virtual.pods.flatMap(configMapsUsedBy));
  const usedSecrets = new Set(virtual.pods.flatMap(secretsUsedBy));
  const ifUsed = (used: Set<string>) => (owner: KubeObject) => (used.has(keyOf(owner)) ? 'must' : 'not');
  const endpointsOf = new Map(virtual.endpoints.map((endpoints) => [keyOf(endpoints), endpoints]));
  return [
    matchKind(
      { kind: 'Pod', owners: virtual.pods, hosts: host.pods, crosses: podCrosses, differences: podDifferences },
      translator,
      result,
    ),
    matchKind(
      {
        kind: 'Service',
        owners: virtual.services,
        hosts: host.services,
        crosses: (service) => (isMetricsService(service) ? 'not' : 'must'),
        differences: (service, onHost) => serviceDifferences(service, onHost, translator),
      },
      translator,
      result,
    ),
    matchKind(
      {
        kind: 'Service',
        called: 'Endpoints',
        owners: virtual.services,
        hosts: host.endpoints,
        crosses: (service) => (selectsNothing(service) ? 'must' : 'not'),
        differences: (service, onHost) =>
          compare({
            addresses: [addressesOf(endpointsOf.get(keyOf(service))), addressesOf(onHost)],
          }),
      },
      translator,
      result,
    ),
    matchKind(
      {
        kind: 'ConfigMap',
        owners: virtual.configMaps,
        hosts: host.configMaps,
        crosses: ifUsed(usedConfigMaps),
        differences: (own, onHost) =>
          compare({ data: [own.data, onHost.data], binaryData: [own.binaryData, onHost.binaryData] }),
      },
      translator,
      result,
    ),
    matchKind(
      {
        kind: 'Secret',
        owners: virtual.secrets,
        hosts: host.secrets,
        crosses: ifUsed(usedSecrets),
        differences: (own, onHost) => compare({ data: [own.data, onHost.data] }),
      },
      translator,
      result,
    ),
    matchKind(
      {
        kind: 'PersistentVolumeClaim',
        owners: virtual.claims,
        hosts: host.claims,
        crosses: () => 'must',
        differences: claimDifferences,
      },
      translator,
      result,
    ),
    matchKind(
      {
        kind: tokenSecretKind,
        owners: virtual.pods,
        hosts: host.secrets,
        crosses: (pod) => (projectedFiles(pod, 'serviceAccountToken').length > 0 ? podCrosses(pod) : 'not'),
        differences: (pod, secret) =>
          Object.entries(secret.data ?? {}).flatMap(([key, value]) =>
            compare({
              [`pod of the token ${key}`]: [
                pod.metadata.uid,
                readTokenClaims(Buffer.from(value, 'base64').toString())?.podUid,
              ],
            }),
          ),
      },
      translator,
      result,
    ),
    matchKind(
      {
        kind: trustBundlesKind,
        owners: virtual.pods,
        hosts: host.configMaps,
        crosses: (pod) => (projectedFiles(pod, 'clusterTrustBundle').length > 0 ? podCrosses(pod) : 'not'),
        differences: () => [],
      },
      translator,
      result,
    ),
  ].flat();
}

/** The host object of a pod that has ended may be gone; a pod that waits for something of the tenant's has none yet. */
function podCrosses({ spec, status }: Pod): 'must' | 'may' {
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return hasEnded || spec?.schedulingGates?.length ? 'may' : 'must';
}

function podDifferences(pod: Pod, host: Pod): string[] {
  const imagesOf = ({ spec }: Pod) => spec?.containers.map(({ name, image }) => `${name}=${image}`);
  const isReady = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return [
    ...(podCrosses(pod) === 'must' && pod.status?.phase !== 'Running' ? [`is ${pod.status?.phase}`] : []),
    ...compare({
      images: [imagesOf(pod), imagesOf(host)],
      node: [pod.spec?.nodeName, host.spec?.nodeName],
      phase: [pod.status?.phase, host.status?.phase],
      podIP: [pod.status?.podIP, host.status?.podIP],
      ready: [isReady(pod), isReady(host)],
    }),
  ];
}

function selectsNothing({ spec, ...service }: Service): boolean {
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length === 0 && !isMetricsService(service);
}

function serviceDifferences(service: Service, host: Service, translator: Translator): string[] {
  const { spec } = service;
  const selector = selectsNothing(service)
    ? undefined
    : translator.hostSelector(service.metadata.namespace ?? '', spec?.selector);
  return compare({
    type: [spec?.type, host.spec?.type],
    clusterIPs: [spec?.clusterIPs, host.spec?.clusterIPs],
    ports: [spec?.ports, host.spec?.ports],
    selector: [selector, host.spec?.selector],
  });
}

function claimDifferences(claim: PersistentVolumeClaim, host: PersistentVolumeClaim): string[] {
  return compare({
    phase: [claim.status?.phase, host.status?.phase],
    volume: [claim.spec?.volumeName, host.spec?.volumeName],
    capacity: [claim.status?.capacity, host.status?.capacity],
    requests: [claim.spec?.resources?.requests, host.spec?.resources?.requests],
  });
}

function addressesOf(endpoints: Endpoints | undefined): string[] {
  const of = ({ addresses = [], ports = [] }: NonNullable<Endpoints['subsets']>[number]) =>
    addresses.flatMap(({ ip }) => ports.map(({ port, protocol }) => `${ip}:${port}/${protocol ?? 'TCP'}`));
  return (endpoints?.subsets ?? []).flatMap(of).toSorted();
}

/** Returns a line for each part whose virtual and host value differ. */
function compare(parts: Record<string, [virtual: unknown, host: unknown]>): string[] {
  return Object.entries(parts)
    .filter(([, [virtual, host]]) => !isDeepStrictEqual(virtual, host))
    .map(([part, [virtual, host]]) => `${part} is ${JSON.stringify(virtual)}, on the host ${JSON.stringify(host)}`);
}
