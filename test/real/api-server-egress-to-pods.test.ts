import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/control-plane/certificates.ts';
import { images } from '../host/images.ts';
import type { TestHost } from '../host/test-host.ts';
import { applyWith } from '../support/apply.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, startK3v } from '../support/k3v-process.ts';

type Kubectl = (...args: string[]) => Promise<string>;

const patience = { timeoutMs: 30_000, everyMs: 100 };
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A pod of agnhost that serves TLS on 8443, and its Service on 443. */
function tlsServer(name: string, ...args: string[]): object[] {
  const certificate = ['--tls-cert-file=/tls/tls.crt', '--tls-private-key-file=/tls/tls.key'];
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
        containers: [
          {
            name: 'main',
            image: images.agnhost,
            imagePullPolicy: 'IfNotPresent',
            args: [...args, ...certificate],
            readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
            volumeMounts: [
              { name: 'tls', mountPath: '/tls' },
              // One of the servers wants to see a token before it starts.
              { name: 'tls', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
            ],
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 443, targetPort: 8443 }] },
    },
  ];
}

describeOnHosts('what the API server dials', (startHost) => {
  let folder: string;
  let testHost: TestHost;
  let onHost: Kubectl;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-real-egress-'));
    testHost = await startHost();
    onHost = await kubectlFor(testHost.kubeconfig);
  });

  afterAll(async () => {
    await testHost?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each([
    { mode: 'port-forward', port: 27_683 },
    { mode: 'auto', port: 27_673 },
  ])('with --host-network $mode', ({ mode, port }) => {
    let k3v: K3vProcess;
    let virtual: Kubectl;
    let caBundle: string;

    const apply = async (...items: object[]) => await applyWith(virtual, folder, items);

    beforeAll(async () => {
      await onHost('create', 'namespace', mode);
      const own = join(folder, mode);
      await mkdir(own);
      const role = { hostKubeconfig: testHost.kubeconfig, namespace: mode, folder: own };
      const { kubeconfig } = await applyHostRole(role);
      const args = ['--kubeconfig', kubeconfig, '--namespace', mode, '--listen-port', String(port)];
      k3v = await startK3v(own, [...args, '--host-network', mode]);
      virtual = await kubectlFor(k3v.kubeconfig);
      const authority = await createAuthority('webhooks');
      const names = ['hook', 'convert', 'aggregated', 'web'];
      const { certPem, keyPem } = await authority.issue({
        commonName: 'webhooks',
        dnsNames: names.map((name) => `${name}.default.svc`),
        usages: ['server'],
        days: 1,
      });
      caBundle = base64(authority.certPem);
      await apply(
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'tls' },
          type: 'kubernetes.io/tls',
          data: { 'tls.crt': base64(certPem), 'tls.key': base64(keyPem), 'ca.crt': caBundle, token: base64('none') },
        },
        ...tlsServer('hook', 'webhook', '--port=8443'),
        ...tlsServer('convert', 'crd-conversion-webhook', '--port=8443'),
        ...tlsServer('aggregated', 'netexec', '--http-port=8443'),
        ...tlsServer('web', 'netexec', '--http-port=8443'),
      );
      await virtual('wait', '--for=condition=Ready', ...names.map((name) => `pod/${name}`), '--timeout=120s');
    });

    afterAll(async () => {
      await k3v?.end('SIGTERM');
    });

    it('reaches a pod and a Service', async () => {
      const pods = '/api/v1/namespaces/default/pods/https:web:8443/proxy/hostname';
      expect(await virtual('get', '--raw', pods)).toBe('web');
      const services = '/api/v1/namespaces/default/services/https:web:443/proxy/echo?msg=hello';
      expect(await eventually(async () => await virtual('get', '--raw', services), patience)).toBe('hello');
    });

    it('brings 16 MB of an answer unchanged', async () => {
      const shell = '/api/v1/namespaces/default/pods/https:web:8443/proxy/shell?cmd=';
      const answer = await virtual('get', '--raw', `${shell}head+-c+16777216+/dev/zero+|+tr+'\\000'+k`);
      const { output }: { output: string } = JSON.parse(answer);
      expect(output === 'k'.repeat(16_777_216)).toBe(true);
    });

    it('says when nothing listens in the pod', async () => {
      const asked = virtual('get', '--raw', '/api/v1/namespaces/default/pods/https:web:8444/proxy/');
      await expect(asked).rejects.toThrow('error trying to reach service');
    });

    it('asks webhooks that a pod serves', async () => {
      const hook = (name: string, path: string) => ({
        name: `${name}.example.com`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        clientConfig: { caBundle, service: { namespace: 'default', name: 'hook', path } },
        objectSelector: { matchLabels: { hook: name } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      });
      const apiVersion = 'admissionregistration.k8s.io/v1';
      await apply(
        {
          apiVersion,
          kind: 'ValidatingWebhookConfiguration',
          metadata: { name: 'deny' },
          webhooks: [hook('deny', '/always-deny')],
        },
        {
          apiVersion,
          kind: 'MutatingWebhookConfiguration',
          metadata: { name: 'mutate' },
          webhooks: [hook('mutate', '/mutating-configmaps')],
        },
      );
      const configMap = (name: string) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { hook: name } },
        data: { 'mutation-start': 'yes' },
      });
      await eventually(
        async () => await expect(apply(configMap('deny'))).rejects.toThrow('this webhook denies all requests'),
        patience,
      );
      await apply(configMap('mutate'));
      expect(await virtual('get', 'configmap', 'mutate', '-o', 'jsonpath={.data}')).toBe(
        '{"mutation-stage-1":"yes","mutation-start":"yes"}',
      );
    });

    it('has a pod convert custom resources', async () => {
      const version = (name: string, storage: boolean) => ({
        name,
        served: true,
        storage,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      });
      await apply({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'lines.stable.example.com' },
        spec: {
          group: 'stable.example.com',
          scope: 'Namespaced',
          names: { plural: 'lines', singular: 'line', kind: 'Line' },
          versions: [version('v1', true), version('v2', false)],
          conversion: {
            strategy: 'Webhook',
            webhook: {
              conversionReviewVersions: ['v1'],
              clientConfig: { caBundle, service: { namespace: 'default', name: 'convert', path: '/crdconvert' } },
            },
          },
        },
      });
      await virtual('wait', '--for=condition=Established', 'crd/lines.stable.example.com', '--timeout=30s');
      const line = { apiVersion: 'stable.example.com/v1', kind: 'Line', metadata: { name: 'a' }, hostPort: 'here:80' };
      await eventually(async () => void (await apply(line)), patience);
      expect(await virtual('get', 'lines.v2.stable.example.com', 'a', '-o', 'jsonpath={.host} {.port}')).toBe(
        'here 80',
      );
    });

    it('hands a group of its API to a pod', async () => {
      await apply({
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1.aggregated.example.com' },
        spec: {
          group: 'aggregated.example.com',
          version: 'v1',
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          caBundle,
          service: { namespace: 'default', name: 'aggregated' },
        },
      });
      await virtual('wait', '--for=condition=Available', 'apiservice/v1.aggregated.example.com', '--timeout=30s');
      expect(await virtual('get', '--raw', '/apis/aggregated.example.com/v1/namespaces/x/things')).toMatch(/^NOW: /);
      await virtual('delete', 'apiservice', 'v1.aggregated.example.com');
    });

    it("does not reach another tenant's pod, the host API server or a port of a node", async () => {
      const run = ['run', 'stranger', `--image=${images.agnhost}`, '--image-pull-policy=IfNotPresent', '--', 'netexec'];
      await onHost('-n', mode, ...run);
      await onHost('-n', mode, 'wait', '--for=condition=Ready', 'pod/stranger', '--timeout=60s');
      const stranger = await onHost('-n', mode, 'get', 'pod', 'stranger', '-o', 'jsonpath={.status.podIP}');
      const node = await onHost('get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[0].address}');
      for (const [index, ip] of [stranger, node].entries()) {
        const name = `forged-${index}`;
        const spec = { schedulingGates: [{ name: 'example.com/never' }], containers: [{ name: 'c', image: 'none' }] };
        await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name, finalizers: ['example.com/stay'] }, spec });
        const patch = JSON.stringify({ status: { podIP: ip, podIPs: [{ ip }] } });
        await virtual('patch', 'pod', name, '--subresource=status', '--type=merge', '-p', patch);
        for (const dialled of ['8080', '6443', '10250', '22']) {
          const asked = virtual('get', '--raw', `/api/v1/namespaces/default/pods/https:${name}:${dialled}/proxy/`);
          // The façade is no more than what the tenant may see anyway, and wants the API server's certificate.
          await expect(asked).rejects.toThrow(ip === node && dialled === '10250' ? 'certificate' : 'code 403');
        }
      }
    });
  });
});
