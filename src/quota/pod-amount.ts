import type { Pod } from '../kube/types.ts';
import { amountOf } from './quota.ts';

type Part = 'requests' | 'limits';
type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/**
 * Returns how much of `resource` the containers of `pod` request, or are limited to, all in all, as the scheduler and a quota count it (PodRequests of
 * k8s.io/component-helpers): what runs at the same time is added up, what is set for the pod as a whole counts instead, and while a change is not carried
 * out the larger of both amounts.
 */
export function podAmount({ spec, status }: Pod, part: Part, resource: string): number {
  const statuses = new Map(
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((each) => [each.name, each]),
  );
  const own = (container: Sized) => containerAmount(container, statuses.get(container.name), part, resource);
  let running = (spec?.containers ?? []).reduce((sum, container) => sum + own(container), 0);
  let [sidecars, starting] = [0, 0];
  for (const container of spec?.initContainers ?? []) {
    const amount = own(container);
    const isSidecar = container.restartPolicy === 'Always';
    if (isSidecar) [sidecars, running] = [sidecars + amount, running + amount];
    starting = Math.max(starting, isSidecar ? sidecars : sidecars + amount);
  }
  const ofPod = spec?.resources?.[part]?.[resource];
  const total = ofPod === undefined ? Math.max(running, starting) : amountOf(resource, ofPod);
  const overhead = spec?.overhead?.[resource];
  // Without a limit there is none to add to.
  if (overhead === undefined || (part === 'limits' && total === 0)) return total;
  return total + amountOf(resource, overhead);
}

type Sized = NonNullable<Pod['spec']>['containers'][number];

function containerAmount({ resources }: Sized, status: Status | undefined, part: Part, resource: string): number {
  const quantities = [
    resources?.[part]?.[resource],
    status?.resources?.[part]?.[resource],
    ...(part === 'requests' ? [status?.allocatedResources?.[resource]] : []),
  ];
  return Math.max(0, ...quantities.flatMap((each) => (each === undefined ? [] : amountOf(resource, each))));
}
