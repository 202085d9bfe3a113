import { type Pod, type ServiceAccount, resources } from '../../../../src/kube/types.ts';
import { serviceAccounts } from '../../../../src/syncer/kinds/serviceaccounts.ts';
import { describeWorlds, marked } from '../../../support/worlds.ts';

const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' };
const ofTenant = (annotations: Record<string, string>): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'robot', namespace: 'shop', uid: 'u1', annotations },
  secrets: [{ name: 'robot-token' }],
  imagePullSecrets: [{ name: 'pull' }],
});
const onHost = (annotations: Record<string, string>): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: marked('ServiceAccount', 'shop', 'robot', { annotations }),
  automountServiceAccountToken: false,
});
const copied = { ...role, 'k3v.io/copied-annotations': 'eks.amazonaws.com/role-arn' };
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  spec: { containers: [{ name: 'main', image: 'nginx' }], serviceAccountName: 'robot' },
  status: { phase: 'Pending' },
};

describeWorlds(
  'service accounts before and after',
  { kinds: [serviceAccounts], compared: [resources.serviceAccounts] },
  [
    {
      title: 'an account crosses with its annotations, without its secrets and without a token for pods',
      virtual: [ofTenant({ ...role, 'kubernetes.io/enforce-mountable-secrets': 'true' })],
      host: [],
      after: {
        virtual: [ofTenant({ ...role, 'kubernetes.io/enforce-mountable-secrets': 'true' })],
        host: [onHost(copied)],
      },
    },
    {
      title: 'the host account follows the annotations, and gives no token to pods whatever somebody wrote there',
      virtual: [ofTenant({})],
      host: [{ ...onHost(copied), automountServiceAccountToken: true } as ServiceAccount],
      after: { virtual: [ofTenant({})], host: [onHost({})] },
    },
    {
      title: 'an account that the tenant deleted goes from the host',
      virtual: [],
      host: [onHost(copied)],
      after: { virtual: [], host: [] },
    },
  ],
);

describeWorlds('pods of synced service accounts', { kinds: [serviceAccounts], compared: [resources.pods] }, [
  {
    title: 'a pod whose account is not there waits',
    virtual: [pod],
    host: [],
    after: { virtual: [pod], host: [] },
  },
]);
