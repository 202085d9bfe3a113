import type { ConfigMap, Deployment, Pod, Secret, Service } from '../../src/kube/types.ts';

const containers = [{ name: 'main', image: 'nginx' }];

/** Returns a pod as a user would write it: with the tokens of its account. `spec` is what more it has. */
export function benchPod(namespace: string, name: string, spec: Partial<Pod['spec']> = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers, ...spec } };
}

/** Returns a Deployment of such pods; they have the label `app`. */
export function benchDeployment(namespace: string, name: string, replicas: number): Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      // All at once: nothing is rolled.
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

/** Whether a pod runs and is ready. */
export function isRunning({ status, metadata }: Pod): boolean {
  const isReady = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  return status?.phase === 'Running' && isReady && metadata.deletionTimestamp === undefined;
}

export function benchService(namespace: string, name: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80, protocol: 'TCP' }] },
  };
}

export function benchConfigMap(namespace: string, name: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { key: `value of ${name}` } };
}

export function benchSecret(namespace: string, name: string): Secret {
  const data = { key: Buffer.from(`value of ${name}`).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}
