import type { ConfigMap, KubeObject, Namespace, Pod, Service } from '../../src/kube/types.ts';
import type { SyncContext } from '../../src/syncer/sync-context.ts';
import { podSyncer } from '../../src/syncer/kinds/pods.ts';
import type { NamedKind } from '../../src/translate/references.ts';
import { syncContext } from './sync-context.ts';

export type Spec = NonNullable<Pod['spec']>;

const apiServer: Service = {
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.9', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
};
const web: Service = {
  kind: 'Service',
  metadata: { name: 'web-ui', namespace: 'shop' },
  spec: { clusterIP: '10.0.0.8', ports: [{ port: 80, protocol: 'TCP' }] },
};
const overrides: ConfigMap = {
  kind: 'ConfigMap',
  metadata: { name: 'overrides', namespace: 'shop' },
  data: { WEB_UI_PORT: 'mine' },
};
const namespace = (name: string, side: string): Namespace => ({
  kind: 'Namespace',
  metadata: { name, labels: { side } },
});

/** A virtual cluster with the Services `default/kubernetes` and `shop/web-ui`, namespaces on the `side` left and right, and `virtual`; `host` is on the host. */
export function podContextWith({
  virtual = [],
  host = [],
}: {
  virtual?: KubeObject[];
  host?: KubeObject[];
}): SyncContext {
  return syncContext({
    virtual: [apiServer, web, overrides, namespace('red', 'left'), namespace('blue', 'right'), ...virtual],
    host,
    indexes: podSyncer.indexes ?? [],
  });
}

/** The same, with nothing on the host. */
export const podContext = podContextWith({});

/** Returns the host name of what a pod in the namespace `shop` calls `name`. */
export function hostNameInShop(kind: NamedKind | 'ServiceAccountToken' | 'ClusterTrustBundles', name: string): string {
  return podContext.translator.hostName(kind, 'shop', name);
}

/** Returns the pod `shop/p` with one container, `main`. */
export function podWith(spec: Partial<Spec>, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    metadata: { name: 'p', namespace: 'shop', uid: 'u1', ...metadata },
    spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
  };
}
