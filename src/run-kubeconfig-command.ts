import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { issueCertificate } from './access/issue-certificate.ts';
import { userKubeconfig } from './access/user-kubeconfig.ts';
import type { KubeconfigWish } from './cli/kubeconfig-command.ts';
import { readStatus } from './cli/status.ts';
import type { KubeClient } from './kube/client.ts';
import { requestAccountToken } from './kube/request-account-token.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/**
 * Makes the kubeconfig that `k3v kubeconfig` asks for, with the credentials of the k3v that runs on `dataDir`, and returns what it prints. Rejects with
 * NOT_RUNNING, USER_REFUSED.
 */
export async function runKubeconfigCommand(wish: KubeconfigWish, dataDir: string): Promise<string> {
  const { kubeconfig, id } = readStatus(resolve(dataDir));
  const admin = await readFile(kubeconfig, 'utf8');
  const place = { contextName: `k3v-${id}`, server: wish.server };
  const content = await userKubeconfig(admin, place, async (client) => await credentialsFor(wish, client));
  if (wish.to === undefined) return content;
  await writeFileAtomically(resolve(wish.to), content);
  const until = new Date(Date.now() + wish.seconds * 1000).toISOString();
  return `wrote ${resolve(wish.to)}, good until ${until}\n`;
}

async function credentialsFor({ who, seconds }: KubeconfigWish, client: KubeClient) {
  switch (who.by) {
    case 'certificate':
      return await issueCertificate(client, { name: who.user, groups: who.groups, seconds });
    case 'token':
      return { token: await requestAccountToken(client, { ...who, seconds }), namespace: who.namespace };
  }
}
