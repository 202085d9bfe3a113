import { expect, it } from 'vitest';
import { addonCopies, addonsOf } from '../../../../src/k3k/objects/addons.ts';
import { keptSecrets } from '../../../../src/k3k/objects/kept-secrets.ts';
import type { Secret } from '../../../../src/kube/types.ts';
import { devContext } from '../../../support/k3k-context.ts';

const ownerReferences = [{ apiVersion: 'k3k.io/v1beta1', kind: 'Cluster', name: 'dev', uid: 'u1', controller: true }];
const secret = (name: string, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'team', labels: { ...labels, 'k3k.io/cluster': 'dev' }, ownerReferences },
  type: 'Opaque',
});

it('has a Secret for the kubeconfig that the servers take for theirs, and one for the token', () => {
  expect(keptSecrets(devContext())).toEqual([
    secret('k3k-dev-kubeconfig', { 'k3v.io/kubeconfig-of': 'dev' }),
    secret('k3k-dev-token'),
  ]);
});

it('has none for a token that the Cluster names', () => {
  const context = devContext({ spec: { tokenSecretRef: { name: 'mine' } } });
  expect(keptSecrets(context).map(({ metadata }) => metadata.name)).toEqual(['k3k-dev-kubeconfig']);
});

it('copies add-ons of other namespaces, with what is in them now, and no others', () => {
  const app: Secret = { metadata: { name: 'app', namespace: 'elsewhere' }, data: { 'a.yaml': 'YQ==' } };
  const context = devContext({
    spec: { addons: [{ secretRef: 'own' }, { secretNamespace: 'elsewhere', secretRef: 'app' }] },
    secrets: new Map([['elsewhere/app', app]]),
  });
  expect(addonCopies(context)).toEqual([{ ...secret('k3k-dev-addon-elsewhere-app'), data: { 'a.yaml': 'YQ==' } }]);
  expect(addonsOf(context)).toEqual([
    { source: 'team/own', secret: 'own', folder: 'own', isCopied: false },
    { source: 'elsewhere/app', secret: 'k3k-dev-addon-elsewhere-app', folder: 'app', isCopied: true },
  ]);
});
