import type { KubeClient } from '../../src/kube/client.ts';
import {
  type ConfigMap,
  type Deployment,
  type Endpoints,
  type KubeObject,
  type Namespace,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  type Secret,
  type Service,
  resources,
} from '../../src/kube/types.ts';
import { isSelected } from '../../src/kube/is-selected.ts';
import { type Translator, marks } from '../../src/translate/translator.ts';
import { workloads } from './churn-subjects.ts';

/** A ReplicaSet, StatefulSet or Job, as far as an audit looks at it. */
export interface Workload extends KubeObject {
  spec?: { replicas?: number; completions?: number };
  status?: {
    replicas?: number;
    readyReplicas?: number;
    observedGeneration?: number;
    succeeded?: number;
    failed?: number;
    conditions?: { type?: string; reason?: string }[];
  };
}

/** Kinds that cross. */
interface CrossingObjects {
  pods: Pod[];
  services: Service[];
  endpoints: Endpoints[];
  configMaps: ConfigMap[];
  secrets: Secret[];
  claims: PersistentVolumeClaim[];
}

/** All that an audit compares, as it stands on both sides. */
export interface BothWorlds {
  virtual: CrossingObjects & {
    namespaces: Namespace[];
    volumes: PersistentVolume[];
    deployments: Deployment[];
    replicaSets: Workload[];
    statefulSets: Workload[];
    jobs: Workload[];
  };
  /** With the labels of the virtual cluster, or with all else that says that they are its: whose labels were taken off is found by nobody else. */
  host: CrossingObjects;
}

/** The two sides of one virtual cluster, each by a client of its own. */
export interface Sides {
  virtual: KubeClient;
  host: KubeClient;
  translator: Translator;
}

/** Reads both sides, the virtual one first: what is deleted in between is found missing, not left over. */
export async function readBothWorlds({ virtual, host, translator }: Sides): Promise<BothWorlds> {
  const within = async <T extends KubeObject>(resource: Resource) => (await virtual.list<T>(resource)).items;
  const isOurs = (object: KubeObject) =>
    isSelected(object, translator.managedSelector) ||
    translator.ownerByMarks(object, object.metadata.annotations?.[marks.ownerKind] ?? '') !== undefined;
  const onHost = async <T extends KubeObject>(resource: Resource) =>
    (await host.list<T>(resource, { namespace: translator.hostNamespace })).items.filter(isOurs);
  return {
    virtual: {
      pods: await within<Pod>(resources.pods),
      services: await within<Service>(resources.services),
      endpoints: await within<Endpoints>(resources.endpoints),
      configMaps: await within<ConfigMap>(resources.configMaps),
      secrets: await within<Secret>(resources.secrets),
      claims: await within<PersistentVolumeClaim>(resources.persistentVolumeClaims),
      namespaces: await within<Namespace>(resources.namespaces),
      volumes: await within<PersistentVolume>(resources.persistentVolumes),
      deployments: await within<Deployment>(resources.deployments),
      replicaSets: await within<Workload>(workloads.replicaSets),
      statefulSets: await within<Workload>(workloads.statefulSets),
      jobs: await within<Workload>(workloads.jobs),
    },
    host: {
      pods: await onHost<Pod>(resources.pods),
      services: await onHost<Service>(resources.services),
      endpoints: await onHost<Endpoints>(resources.endpoints),
      configMaps: await onHost<ConfigMap>(resources.configMaps),
      secrets: await onHost<Secret>(resources.secrets),
      claims: await onHost<PersistentVolumeClaim>(resources.persistentVolumeClaims),
    },
  };
}
