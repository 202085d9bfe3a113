import type { KubeClient } from '../kube/client.ts';
import { createInformer } from '../kube/store-informer.ts';
import { type Pod, joinKey, keyOf, resources, splitKey } from '../kube/types.ts';
import type { Translator } from '../translate/translator.ts';
import { createLatencyMeter } from './latency-meter.ts';
import type { LatencySample, PodRow, PodSide } from './page-data.ts';
import { podState } from './pod-state.ts';
import { thinPod } from './thin-pod.ts';

const { pods } = resources;
export type SideName = 'virtual' | 'host';

/** All pods of the virtual cluster, each with its host pod, by watches of both sides. */
export interface PodPairs {
  /** Watches until `signal` aborts; resolves when nothing of it is left running. */
  run(signal: AbortSignal): Promise<void>;
  /** Returns the pod `namespace/name`, undefined if neither side has it. */
  row(key: string): PodRow | undefined;
}

/** Returns the pairs. `onChange` is told the key of what may have changed on which side, `onError` of a watch that failed and is tried again. */
export function createPodPairs({
  virtual,
  host,
  translator,
  onChange,
  onSample,
  onError,
}: {
  virtual: KubeClient;
  host: KubeClient;
  translator: Translator;
  onChange: (key: string, side: SideName) => void;
  onSample: (sample: LatencySample) => void;
  onError: (side: SideName, error: unknown) => void;
}): PodPairs {
  const scope = { namespace: translator.hostNamespace, labelSelector: translator.managedSelector };
  const informers = {
    virtual: informerOf('virtual', virtual, {}),
    host: informerOf('host', host, scope),
  };
  const meter = createLatencyMeter({ onSample });
  let isSynced = false;

  function informerOf(side: SideName, client: KubeClient, options: typeof scope | {}) {
    const onWatchError = (error: unknown) => onError(side, error);
    return createInformer<Pod>({ client, resource: pods, options, keep: thinPod, onError: onWatchError });
  }

  function pairOf(key: string) {
    const { namespace, name } = splitKey(key);
    const found = informers.virtual.get(key);
    const hostKey = joinKey(translator.hostNamespace, translator.hostName(pods.kind, namespace, name));
    const candidate = informers.host.get(hostKey);
    // One of a pod that had the name before is no twin.
    const isTwin = !found || (candidate && translator.ownerOf(candidate, pods.kind)?.uid === found.metadata.uid);
    return { virtual: found, host: isTwin ? candidate : undefined };
  }

  function changed(key: string, side: SideName, uid: string | undefined): void {
    if (isSynced && uid !== undefined) meter.changed(uid, side, pairOf(key));
    onChange(key, side);
  }

  function ownerKey(host: Pod): string | undefined {
    const owner = translator.ownerOf(host, pods.kind);
    return owner && joinKey(owner.namespace, owner.name);
  }

  informers.virtual.onChange(({ previous, current }) => {
    const object = current ?? previous;
    if (!object) return;
    const { uid } = object.metadata;
    const key = keyOf(object);
    if (isSynced && !previous && uid !== undefined && !pairOf(key).host) meter.created(uid);
    changed(key, 'virtual', uid);
  });
  informers.host.onChange(({ previous, current }) => {
    const object = current ?? previous;
    const key = object && ownerKey(object);
    if (object && key !== undefined) changed(key, 'host', translator.ownerOf(object, pods.kind)?.uid);
  });

  return {
    async run(signal) {
      const ended = Promise.all([informers.virtual.start(signal), informers.host.start(signal)]);
      await Promise.all([informers.virtual.synced(), informers.host.synced()]).catch(() => undefined);
      isSynced = true;
      await ended;
    },
    row(key) {
      const pair = pairOf(key);
      if (!pair.virtual && !pair.host) return undefined;
      return {
        ...splitKey(key),
        ...(pair.virtual ? { virtual: sideOf(pair.virtual) } : {}),
        ...(pair.host ? { host: { name: pair.host.metadata.name, ...sideOf(pair.host) } } : {}),
      };
    },
  };
}

function sideOf(pod: Pod): PodSide {
  const { creationTimestamp = '' } = pod.metadata;
  return { ...podState(pod), node: pod.spec?.nodeName ?? '', createdAt: creationTimestamp };
}
