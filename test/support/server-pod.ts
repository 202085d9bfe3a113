import { parseAllDocuments } from 'yaml';
import { hostRoleFor } from '../../src/host-role-for.ts';
import { k3vImages } from '../host/k3v-image.ts';

const port = 6443;
const selector = { app: 'k3v' };

/**
 * Returns objects that run k3v in a pod of `namespace`, as one who knows nothing of the operator would write them: with what `k3v host-role` gives, by the rules of the
 * Pod Security Standard `restricted`. The kubeconfig is in the Secret `k3v-kubeconfig`; the API server is the Service `k3v`, at `address`. What it keeps lies in a volume of
 * the default storage class if it `keeps` it, else it goes with the pod.
 */
export function serverPod({
  namespace,
  address,
  keeps,
}: {
  namespace: string;
  address: string;
  keeps: boolean;
}): object[] {
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const named = { name: 'k3v', namespace };
  const volumes = keeps ? [] : [{ name: 'data', emptyDir: {} }];
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: enforced } },
    ...parseAllDocuments(hostRoleFor(namespace, [])).map((each) => each.toJS() as object),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named,
      spec: { clusterIP: address, selector, ports: [{ port: 443, targetPort: port }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: named,
      spec: {
        serviceName: 'k3v',
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: {
            serviceAccountName: 'k3v',
            securityContext: { runAsNonRoot: true, fsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container(namespace, address, keeps)],
            volumes: [{ name: 'tmp', emptyDir: {} }, ...volumes],
          },
        },
        ...(keeps ? { volumeClaimTemplates: [claim] } : {}),
      },
    },
  ];
}

function container(namespace: string, address: string, keeps: boolean): object {
  const probe = (path: string) => ({ httpGet: { path, port, scheme: 'HTTPS' }, periodSeconds: 1, timeoutSeconds: 5 });
  return {
    name: 'k3v',
    image: k3vImages.k3v,
    imagePullPolicy: 'Never',
    args: [
      '--distro=kubernetes',
      '--isolation=restricted',
      `--namespace=${namespace}`,
      '--data-dir=/data/k3v',
      '--write-kubeconfig=/data/kubeconfig.yaml',
      '--write-kubeconfig-secret=k3v-kubeconfig',
      `--kubeconfig-secret-server=https://${address}`,
      `--listen-port=${port}`,
      '--advertise-address=$(POD_IP)',
      ...(keeps ? [] : ['--take-over-id']),
    ],
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    ports: [{ containerPort: port }],
    // Without any it would get next to nothing of a processor that others want, too.
    resources: { requests: { cpu: '500m', memory: '512Mi' } },
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
    startupProbe: { ...probe('/readyz'), failureThreshold: 300 },
    readinessProbe: probe('/readyz'),
    livenessProbe: { ...probe('/livez'), periodSeconds: 10 },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
