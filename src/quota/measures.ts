import {
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  type Service,
  resources,
} from '../kube/types.ts';
import { podAmount } from './pod-amount.ts';
import { type Amounts, amountOf } from './quota.ts';

/** How much of one name of a quota an object of one kind takes. */
export interface Measure {
  resource: Resource;
  amountIn: (object: KubeObject) => number;
}

const { pods, services, persistentVolumeClaims, configMaps, secrets } = resources;
const computed = ['cpu', 'memory', 'ephemeral-storage'] as const;
const counted = [pods, services, persistentVolumeClaims, configMaps, secrets];

const measures = new Map<string, Measure>([
  ...computed.flatMap((name): [string, Measure][] => [
    [name, ofPod('requests', name)],
    [`requests.${name}`, ofPod('requests', name)],
    [`limits.${name}`, ofPod('limits', name)],
  ]),
  ['pods', of<Pod>(pods, (pod) => (hasEnded(pod) ? 0 : 1))],
  ...counted.filter((each) => each !== pods).map((each): [string, Measure] => [each.plural, of(each, () => 1)]),
  ['services.loadbalancers', of<Service>(services, ({ spec }) => (spec?.type === 'LoadBalancer' ? 1 : 0))],
  ['services.nodeports', of<Service>(services, nodePortsOf)],
  ['requests.storage', of<PersistentVolumeClaim>(persistentVolumeClaims, storageOf)],
  ...counted.map((each): [string, Measure] => [`count/${each.plural}`, of(each, () => 1)]),
]);

/** The names that a quota may have; besides these, `requests.<domain>/<name>` of any extended resource. */
export const quotaNames = [...measures.keys()];

/** Returns how `name` is measured, by the rules of Kubernetes' own quota; undefined if nothing that crosses to the host counts for it. */
export function measureOf(name: string): Measure | undefined {
  const known = measures.get(name);
  if (known) return known;
  const [, extended] = /^requests\.([a-z0-9.-]+\.[a-z0-9-]+\/[A-Za-z0-9._-]+)$/.exec(name) ?? [];
  return extended === undefined ? undefined : ofPod('requests', extended);
}

/** Returns what `object` takes of each name of `quota` that its kind counts for; undefined if there is none. */
export function chargeOf(object: KubeObject, { plural, group }: Resource, quota: Amounts): Amounts | undefined {
  const charge = [...quota.keys()].flatMap((name): [string, number][] => {
    const measure = measureOf(name);
    const isOfKind = measure?.resource.plural === plural && measure.resource.group === group;
    return isOfKind ? [[name, measure.amountIn(object)]] : [];
  });
  return charge.length > 0 ? new Map(charge) : undefined;
}

function of<T extends KubeObject>(resource: Resource, amountIn: (object: T) => number): Measure {
  return { resource, amountIn: (object) => amountIn(object as T) };
}

function ofPod(part: 'requests' | 'limits', name: string): Measure {
  return of<Pod>(pods, (pod) => (hasEnded(pod) ? 0 : podAmount(pod, part, name)));
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function nodePortsOf({ spec }: Service): number {
  const { type, ports = [], allocateLoadBalancerNodePorts = true } = spec ?? {};
  if (type === 'NodePort') return ports.length;
  if (type !== 'LoadBalancer') return 0;
  return allocateLoadBalancerNodePorts ? ports.length : ports.filter(({ nodePort }) => nodePort).length;
}

/** While a claim is made larger, or that is given up, the larger size counts (KEP-1790). */
function storageOf({ spec, status }: PersistentVolumeClaim): number {
  const sizes = [spec?.resources?.requests?.['storage'], status?.allocatedResources?.['storage']];
  return Math.max(0, ...sizes.flatMap((size) => (size === undefined ? [] : amountOf('storage', size))));
}
