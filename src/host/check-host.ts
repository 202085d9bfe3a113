import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ConnectionError, StatusError } from '../kube/errors.ts';
import { credentialsRefused } from './credentials-refused.ts';

/** The oldest host minor version of Kubernetes 1 that k3v is made for. */
const oldestMinor = 28;

/** Returns the host's version. Rejects with HOST_UNREACHABLE, HOST_UNAUTHORIZED or HOST_TOO_OLD. */
export async function checkHost(client: KubeClient): Promise<string> {
  const version = await readVersion(client);
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor < oldestMinor) {
    throw new K3vError('HOST_TOO_OLD', `the host runs Kubernetes ${version}`, {
      hint: `k3v needs 1.${oldestMinor} or newer.`,
    });
  }
  return version;
}

async function readVersion(client: KubeClient): Promise<string> {
  try {
    const answer = await client.request('GET', '/version');
    const gitVersion: unknown = Reflect.get(Object(answer), 'gitVersion');
    if (typeof gitVersion === 'string') return gitVersion;
  } catch (error) {
    if (error instanceof StatusError && [401, 403].includes(error.code)) throw credentialsRefused(client, error);
    if (error instanceof ConnectionError) {
      throw new K3vError('HOST_UNREACHABLE', `the host API server does not answer: ${error.message}`, {
        hint: 'Check the address in the kubeconfig, the network, and that the cluster is up.',
        cause: error,
      });
    }
    if (!(error instanceof StatusError)) throw error;
    throw notKubernetes(client, error);
  }
  throw notKubernetes(client);
}

function notKubernetes(client: KubeClient, cause?: StatusError): K3vError {
  const said = cause ? `: ${cause.message}` : '';
  return new K3vError('HOST_UNREACHABLE', `${client.server} does not answer /version as Kubernetes does${said}`, {
    hint: 'Check the address in the kubeconfig: it must be that of an API server that is up.',
    cause,
  });
}
