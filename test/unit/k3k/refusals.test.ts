import { expect, it, test } from 'vitest';
import { refusalOf } from '../../../src/k3k/refusals.ts';
import type { Secret, StatefulSet } from '../../../src/kube/types.ts';
import { devContext } from '../../support/k3k-context.ts';

type Given = NonNullable<Parameters<typeof devContext>[0]>;
const policy = { metadata: { name: 'teams' }, spec: { allowedMode: 'virtual' } } as const;
const mount = { name: 'a', secretName: 's', mountPath: '/a', role: 'server' } as const;
const elsewhere = (labels: Record<string, string>): Secret => ({ metadata: { name: 'app', namespace: 'b', labels } });
const servers = (volumeClaimTemplates: { metadata: { name: string } }[]) =>
  ({ metadata: { name: 'k3k-dev-server' }, spec: { volumeClaimTemplates } }) as StatefulSet;

test.each<{ given: Given; message: string }>([
  { given: { policy }, message: 'mode is shared, and the policy teams of this namespace allows virtual only' },
  {
    given: { spec: { version: 'v1.35.1' } },
    message: 'version is v1.35.1: in mode shared there is Kubernetes 1.36 and 1.34',
  },
  {
    given: { spec: { version: 'v1.34' }, status: { version: 'v1.36' } },
    message: 'version is v1.34, and v1.36 runs: it can only go up',
  },
  {
    given: { spec: { serviceCIDR: '10.43.0.0/16' } },
    message:
      'serviceCIDR is 10.43.0.0/16: in mode shared it is that of the host, 10.96.0.0/16. Make another Cluster without it',
  },
  {
    given: { spec: { expose: { ingress: {} }, tlsSANs: ['192.0.2.1'] } },
    message: 'expose.ingress needs a DNS name among tlsSANs: it is the host of the Ingress',
  },
  {
    given: { spec: { secretMounts: [{ ...mount, name: 'data' }] } },
    message: 'secretMounts has a volume called data, as the servers have one: give it another name',
  },
  {
    given: { spec: { secretMounts: [mount, mount] } },
    message: 'secretMounts has two volumes called a: give each a name of its own',
  },
  {
    given: { spec: { addons: [{ secretRef: 'app' }, { secretRef: 'app', secretNamespace: 'b' }] } },
    message: 'addons names two Secrets called app: give one of them another name',
  },
  {
    given: {
      spec: { addons: [{ secretRef: 'app', secretNamespace: 'b' }] },
      secrets: new Map([['b/app', elsewhere({})]]),
    },
    message:
      'addons names the Secret b/app of another namespace, which does not let clusters have it: label it k3k.io/addon=true',
  },
])('a Cluster is refused with: $message', ({ given, message }) => {
  expect(refusalOf(devContext(given), undefined)).toBe(message);
});

test.each<{ title: string; given: Given }>([
  { title: 'says nothing', given: {} },
  { title: 'has the mode that its policy allows', given: { policy: { ...policy, spec: { allowedMode: 'shared' } } } },
  { title: 'goes up', given: { spec: { version: 'v1.36' }, status: { version: 'v1.34' } } },
  {
    title: 'names a patch of the version that it has',
    given: { spec: { version: 'v1.36.1' }, status: { version: 'v1.36' } },
  },
  {
    title: 'says nothing of a version that the host has not',
    given: { host: { ...devContext().host, version: 'v1.35.0' } },
  },
  {
    title: 'has an add-on of another namespace that lets it',
    given: {
      spec: { addons: [{ secretRef: 'app', secretNamespace: 'b' }] },
      secrets: new Map([['b/app', elsewhere({ 'k3k.io/addon': 'true' })]]),
    },
  },
])('a Cluster is taken that $title', ({ given }) => {
  expect(refusalOf(devContext(given), undefined)).toBeUndefined();
});

it('is refused to change where the data of its servers lie', () => {
  const message = 'persistence.type cannot change: the servers would lose their data. Make another Cluster';
  const ephemeral = devContext({ spec: { persistence: { type: 'ephemeral' } } });
  expect(refusalOf(ephemeral, servers([{ metadata: { name: 'data' } }]))).toBe(message);
  expect(refusalOf(devContext(), servers([]))).toBe(message);
  expect(refusalOf(ephemeral, servers([]))).toBeUndefined();
  expect(refusalOf(devContext(), servers([{ metadata: { name: 'data' } }]))).toBeUndefined();
});
