import { issueCertificate } from './access/issue-certificate.ts';
import { userKubeconfig } from './access/user-kubeconfig.ts';
import type { ClusterKubeconfigWish } from './cli/cluster-kubeconfig-command.ts';
import { K3vError } from './errors.ts';
import type { HostConfig } from './host/load-kubeconfig.ts';
import { findServer, readClusterKubeconfig, withServer } from './k3k/client/cluster-kubeconfig.ts';
import { type ClusterName, contextFor, findCluster, nameOf, wordFor } from './k3k/client/find-cluster.ts';
import { forwardPort } from './k3k/client/forward-port.ts';
import { openServerStream } from './k3k/client/open-server-stream.ts';
import type { StreamingKubeClient } from './kube/rest-client.ts';
import type { HostCommandOptions } from './open-host-client.ts';
import { placeKubeconfig, refuseOwn } from './place-kubeconfig.ts';

type User = NonNullable<ClusterKubeconfigWish['user']>;

/**
 * Gives the kubeconfig of a cluster, the admin's or another user's, with an address at which it is reached. Rejects with CLUSTER_UNREACHABLE if there is none, USER_REFUSED if the cluster
 * issues no certificate, and as what it calls does.
 */
export async function giveClusterKubeconfig(
  wish: ClusterKubeconfigWish,
  { client, host }: { client: StreamingKubeClient; host: HostConfig },
  options: HostCommandOptions,
): Promise<void> {
  refuseOwn(wish, host);
  const { target, server, user } = wish;
  const { signal, say } = options;
  const cluster = await findCluster(client, target);
  const admin = await readClusterKubeconfig(client, cluster);
  const needed = server === undefined || user !== undefined;
  const found = needed ? await findServer(client, cluster, admin, { patienceMs: 0, signal }) : { tried: [] };
  const reached = 'server' in found ? found.server : undefined;
  const leading = server ?? reached;
  if (leading === undefined) throw unreachable(target, 'tried' in found ? found.tried : []);
  const content =
    user === undefined
      ? withServer(admin, leading)
      : await reaching(
          reached,
          { client, target, ...options },
          async (url) =>
            await forUser(user, withServer(admin, url), { contextName: contextFor(target), server: leading }),
        );
  say(await placeKubeconfig(wish, content, { target, host: client.server, ...options }));
}

/** Has the cluster that the kubeconfig `admin` leads to sign a certificate for `user`. */
async function forUser(user: User, admin: string, place: { contextName: string; server: string }): Promise<string> {
  return await userKubeconfig(admin, place, async (cluster) => await issueCertificate(cluster, { ...user }));
}

/** Does `work` with a URL of the API server: `url`, or, if it does not answer from here, that of a port that leads there meanwhile. */
async function reaching<T>(
  url: string | undefined,
  {
    client,
    target,
    onError,
  }: { client: StreamingKubeClient; target: ClusterName } & Pick<HostCommandOptions, 'onError'>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (url !== undefined) return await work(url);
  const open = async (ending: AbortSignal) => await openServerStream(client, target, ending);
  const forwarded = await forwardPort({ port: 0, open, onError });
  try {
    return await work(`https://127.0.0.1:${forwarded.port}`);
  } finally {
    await forwarded.stop();
  }
}

function unreachable(target: ClusterName, tried: string[]): K3vError {
  const name = nameOf(target);
  const message =
    tried.length > 0
      ? `cluster ${name} does not answer from here at ${tried.join(', ')}`
      : `cluster ${name} is not exposed outside of the host`;
  return new K3vError('CLUSTER_UNREACHABLE', message, {
    hint: `k3v cluster connect ${wordFor(target)} holds a way open; --kubeconfig-server writes an address that only others reach.`,
  });
}
