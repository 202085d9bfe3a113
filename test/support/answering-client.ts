import type { KubeClient } from '../../src/kube/client.ts';
import { StatusError } from '../../src/kube/errors.ts';

/** Returns a client that answers with `answers`; what is not among them rejects, so that a test notices every request. */
export function answeringClient(answers: Partial<KubeClient>): KubeClient {
  const unexpected = (method: string) => async () => {
    throw new Error(`unexpected ${method}`);
  };
  return {
    server: 'https://host.example:6443',
    get: unexpected('get'),
    list: unexpected('list'),
    create: unexpected('create'),
    replace: unexpected('replace'),
    patch: unexpected('patch'),
    delete: unexpected('delete'),
    watch: () => {
      throw new Error('unexpected watch');
    },
    request: unexpected('request'),
    close: () => undefined,
    ...answers,
  };
}

/** Returns a method that rejects as an API server's refusal does. */
export function refusing(code: number, reason: string, message = reason): () => Promise<never> {
  return async () => {
    throw new StatusError(code, { code, reason, message });
  };
}
