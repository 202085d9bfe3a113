import { type ServiceAccount, resources } from '../../kube/types.ts';
import type { Translator } from '../../translate/translator.ts';
import { type OptInKind, rightsToWrite } from '../define-opt-in.ts';
import { defineSyncer } from '../define-syncer.ts';
import { accountOf, wakesPods } from './pod-standing.ts';

const serviceAccountSyncer = defineSyncer<ServiceAccount>({
  resource: resources.serviceAccounts,
  toHost: (virtual, { translator }) => toHostServiceAccount(virtual, translator),
});

/** ServiceAccounts, without rights or tokens: host pods then run as them, for what the host gives to a workload by its identity. */
export const serviceAccounts: OptInKind = {
  name: 'serviceaccounts',
  rights: [rightsToWrite(resources.serviceAccounts)],
  isCustom: false,
  open: () => ({
    syncers: [serviceAccountSyncer],
    waits: [
      wakesPods(
        resources.serviceAccounts,
        (pod, { namespace, name }) => pod.metadata.namespace === namespace && accountOf(pod) === name,
      ),
    ],
  }),
};

/** Returns the host ServiceAccount that `virtual` should have. Secrets, also those to pull images with, are named by the pods themselves. */
export function toHostServiceAccount({ metadata }: ServiceAccount, translator: Translator): ServiceAccount {
  // The virtual API server enforces it; on the host the account has no secrets, and no pod could name one.
  const { 'kubernetes.io/enforce-mountable-secrets': _, ...annotations } = metadata.annotations ?? {};
  return {
    ...translator.hostObject(resources.serviceAccounts, { metadata: { ...metadata, annotations } }),
    automountServiceAccountToken: false,
  };
}
