import { type Ingress, type KubeObject, type Secret, resources } from '../../../../src/kube/types.ts';
import { ingresses } from '../../../../src/syncer/kinds/ingresses.ts';
import { describeWorlds, marked, translator } from '../../../support/worlds.ts';

const nameOf = (kind: string, name: string, namespace = 'shop') => translator.hostName(kind, namespace, name);
const backendOf = (name: string) => ({ service: { name, port: { number: 80 } } });

function ofTenant(spec: Ingress['spec'], annotations: Record<string, string> = {}): Ingress {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u1', annotations };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec };
}
function onHost(spec: Ingress['spec'], annotations: Record<string, string> = {}): Ingress {
  const metadata = marked('Ingress', 'shop', 'web', { annotations });
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec };
}
const secret = (metadata: KubeObject['metadata']): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata,
  data: { 'tls.crt': 'YQ==' },
});
const tls = secret({ name: 'cert', namespace: 'shop', uid: 'u1' });
const unused = secret({ name: 'unused', namespace: 'shop', uid: 'u1' });
const tlsOnHost = secret(marked('Secret', 'shop', 'cert'));

const plain = { defaultBackend: backendOf('api') };
const plainOnHost = { defaultBackend: backendOf(nameOf('Service', 'api')) };
const loadBalancer = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
const bucket = { apiGroup: 'x.io', kind: 'Bucket', name: 'static' };
const rulesTo = (api: string, resource: string) => [
  {
    host: 'shop.example',
    http: {
      paths: [
        { path: '/', pathType: 'Prefix', backend: backendOf(api) },
        { path: '/static', pathType: 'Prefix', backend: { resource: { ...bucket, name: resource } } },
        {
          path: '/old',
          pathType: 'Exact',
          backend: { service: { name: 'redirect', port: { name: 'use-annotation' } } },
        },
      ],
    },
  },
];
const actions = {
  redirect: 'alb.ingress.kubernetes.io/actions.redirect',
  auth: 'nginx.ingress.kubernetes.io/auth-secret',
  tls: 'nginx.ingress.kubernetes.io/auth-tls-secret',
};

describeWorlds(
  'ingresses before and after',
  { kinds: [ingresses], compared: [resources.ingresses, resources.secrets, resources.ingressClasses] },
  [
    {
      title: 'an Ingress crosses with its class, its backends by their names there, and the TLS secret that it uses',
      virtual: [
        tls,
        unused,
        ofTenant({ ingressClassName: 'nginx', rules: rulesTo('api', 'static'), tls: [{ secretName: 'cert' }] }),
      ],
      host: [],
      after: {
        virtual: [
          ofTenant({ ingressClassName: 'nginx', rules: rulesTo('api', 'static'), tls: [{ secretName: 'cert' }] }),
          tls,
          unused,
        ],
        host: [
          onHost({
            ingressClassName: 'nginx',
            rules: rulesTo(nameOf('Service', 'api'), nameOf('Bucket', 'static')),
            tls: [{ secretName: nameOf('Secret', 'cert') }],
          }),
          tlsOnHost,
        ],
      },
    },
    {
      title:
        'names in annotations are those of the host, also of another namespace, and none is left that somebody else could own',
      virtual: [
        ofTenant(plain, {
          [actions.redirect]: '{"forwardConfig":{"targetGroups":[{"serviceName":"api"}]}}',
          [actions.auth]: 'users',
          [actions.tls]: 'other/ca',
          note: 'api',
        }),
      ],
      host: [],
      after: {
        virtual: [
          ofTenant(plain, {
            [actions.redirect]: '{"forwardConfig":{"targetGroups":[{"serviceName":"api"}]}}',
            [actions.auth]: 'users',
            [actions.tls]: 'other/ca',
            note: 'api',
          }),
        ],
        host: [
          onHost(plainOnHost, {
            [actions.redirect]: `{"forwardConfig":{"targetGroups":[{"serviceName":"${nameOf('Service', 'api')}"}]}}`,
            [actions.auth]: nameOf('Secret', 'users'),
            [actions.tls]: `team/${nameOf('Secret', 'ca', 'other')}`,
            note: 'api',
            'k3v.io/copied-annotations': [actions.redirect, actions.auth, actions.tls, 'note'].toSorted().join(','),
          }),
        ],
      },
    },
    {
      title: 'the address comes back, the class that host admission chose stays on the host, and drift is put back',
      virtual: [ofTenant(plain)],
      host: [
        {
          ...onHost({ ingressClassName: 'default', defaultBackend: backendOf('foreign'), rules: [{ host: 'x' }] }),
          status: loadBalancer,
        } as Ingress,
      ],
      after: {
        virtual: [{ ...ofTenant(plain), status: loadBalancer } as Ingress],
        host: [{ ...onHost({ ingressClassName: 'default', ...plainOnHost }), status: loadBalancer } as Ingress],
      },
    },
    {
      title: 'an Ingress that the tenant deleted goes from the host, and with it the secret that nobody else uses',
      virtual: [tls],
      host: [onHost(plainOnHost), tlsOnHost],
      after: { virtual: [tls], host: [] },
    },
    {
      title: "the host's classes are shown",
      virtual: [],
      host: [
        { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'nginx', labels: { a: 'b' } } },
      ],
      after: {
        virtual: [
          {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'IngressClass',
            metadata: { name: 'nginx', annotations: {}, labels: { 'k3v.io/managed': 'true' } },
          },
        ],
        host: [
          { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'nginx', labels: { a: 'b' } } },
        ],
      },
    },
  ],
);
