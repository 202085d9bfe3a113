import { expect, it, test } from 'vitest';
import { apiService } from '../../../../src/k3k/objects/api-service.ts';
import type { ClusterSpec } from '../../../../src/k3k/types.ts';
import type { Ingress, Service } from '../../../../src/kube/types.ts';
import { devContext } from '../../../support/k3k-context.ts';

const of = (spec: Partial<ClusterSpec>) => apiService(devContext({ spec }));
const metadata = (name: string) => ({
  name,
  namespace: 'team',
  labels: { 'k3k.io/cluster': 'dev' },
  ownerReferences: [{ apiVersion: 'k3k.io/v1beta1', kind: 'Cluster', name: 'dev', uid: 'u1', controller: true }],
});
const port = { name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 };

it('is a Service for pods of the host if nothing else is said', () => {
  expect(of({})).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('k3k-dev-service'),
      spec: { type: 'ClusterIP', selector: { 'k3k.io/cluster': 'dev', role: 'server' }, ports: [port] },
    },
  ]);
});

test.each<{ expose: ClusterSpec['expose']; spec: object }>([
  { expose: {}, spec: { type: 'ClusterIP', ports: [port] } },
  { expose: { nodePort: {} }, spec: { type: 'NodePort', ports: [port] } },
  { expose: { nodePort: { serverPort: 30_500 } }, spec: { type: 'NodePort', ports: [{ ...port, nodePort: 30_500 }] } },
  { expose: { loadBalancer: {} }, spec: { type: 'LoadBalancer', ports: [port] } },
  { expose: { loadBalancer: { serverPort: 6444 } }, spec: { type: 'LoadBalancer', ports: [{ ...port, port: 6444 }] } },
  { expose: { ingress: {} }, spec: { type: 'ClusterIP', ports: [port] } },
])('$expose makes the Service $spec', ({ expose, spec }) => {
  const [service] = of(expose ? { expose } : {}) as Service[];
  expect(service?.spec).toMatchObject(spec);
});

it('has the annotations that the Cluster gives the Service', () => {
  const [service] = of({ expose: { loadBalancer: {}, annotations: { zone: 'a' } } });
  expect(service?.metadata.annotations).toEqual({ zone: 'a' });
});

it('has an Ingress whose hosts are the DNS names among tlsSANs, for who asks for one', () => {
  const [, ingress] = of({
    expose: { ingress: { ingressClassName: 'nginx', annotations: { passthrough: 'true' } } },
    tlsSANs: ['192.0.2.1', 'dev.example', 'dev.example.org'],
  }) as [Service, Ingress];
  const http = {
    paths: [
      { path: '/', pathType: 'Prefix', backend: { service: { name: 'k3k-dev-service', port: { number: 443 } } } },
    ],
  };
  expect(ingress).toEqual({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata('k3k-dev-ingress'), annotations: { passthrough: 'true' } },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        { host: 'dev.example', http },
        { host: 'dev.example.org', http },
      ],
    },
  });
});
