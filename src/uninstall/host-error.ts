import { K3vError } from '../errors.ts';
import { ConnectionError, StatusError, isForbidden } from '../kube/errors.ts';

/** Returns what an answer of the host, or none, means for the operator; undefined for any other error. */
export function hostError(error: unknown): K3vError | undefined {
  if (isForbidden(error) && error instanceof Error) {
    return new K3vError('HOST_FORBIDDEN', `the host refuses: ${error.message}`, {
      hint: 'Have an admin of the host apply the Role of k3v host-role, or use credentials that may.',
      cause: error,
    });
  }
  if (!(error instanceof ConnectionError || error instanceof StatusError)) return undefined;
  return new K3vError('HOST_UNREACHABLE', `the host API server does not do what it is asked: ${error.message}`, {
    hint: 'Run the same again once it does: it goes on where this ended.',
    cause: error,
  });
}
