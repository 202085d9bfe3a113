import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient } from '../../src/kube/client.ts';
import { type KubeObject, resources } from '../../src/kube/types.ts';
import { eventually } from './eventually.ts';
import type { FaultProxy } from './fault-proxy.ts';

/** Where the credentials stand: in a file that the kubeconfig names, in itself, in the answer of a plugin, in a certificate that it names. */
export type CredentialForm = 'token file' | 'kubeconfig' | 'exec plugin' | 'client certificate';

/** The kubeconfig by which k3v finds its host, and what it names. */
export interface HostAccess {
  /** Path. */
  kubeconfig: string;
  /** Makes new credentials and writes them to where `form` says; the kubeconfig leads to them and trusts what the proxy serves with now. */
  renew(form: CredentialForm): Promise<void>;
  /** Resolves when the last ones are refused by everyone. */
  expire(): Promise<void>;
}

const tokenSeconds = 3_600;
const certificateSeconds = 20;
const patience = { timeoutMs: 60_000, everyMs: 200 };

/** Prepares them in `folder`: they are those of the ServiceAccount `k3v` in `namespace` of the host. */
export function createHostAccess({
  folder,
  host,
  namespace,
  proxy,
}: {
  folder: string;
  host: KubeClient;
  namespace: string;
  proxy: FaultProxy;
}): HostAccess {
  const kubeconfig = join(folder, 'host.yaml');
  const write = async (name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  let tokens = 0;
  let expire: () => Promise<void> = async () => undefined;

  /** It is bound to a Secret, and good as long as that is there. */
  async function newToken(): Promise<string> {
    tokens += 1;
    const ref = { resource: resources.secrets, namespace, name: `k3v-token-${tokens}` };
    const { metadata } = await host.create<KubeObject>(ref.resource, { metadata: { namespace, name: ref.name } });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: ref.name, uid: metadata.uid };
    const answer = await host.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/k3v/token`, {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: tokenSeconds, boundObjectRef },
      },
    });
    const token = String(Reflect.get(Object(Reflect.get(Object(answer), 'status')), 'token'));
    expire = async () => {
      await host.delete(ref);
      // An API server remembers for 10 seconds which tokens are good.
      await eventually(async () => {
        const { status } = (await host.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
          body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
        })) as { status?: { authenticated?: boolean } };
        if (status?.authenticated) throw new Error('the token is still good');
      }, patience);
    };
    return token;
  }

  async function newCertificate(): Promise<object> {
    const account = { user: `system:serviceaccount:${namespace}:k3v`, group: 'system:serviceaccounts' };
    const endAtMs = Date.now() + certificateSeconds * 1_000;
    const { certPem, keyPem } = await proxy.issueClient(account, certificateSeconds);
    expire = async () =>
      await eventually(() => {
        if (Date.now() < endAtMs) throw new Error('the certificate is still good');
      }, patience);
    return {
      'client-certificate': await write('client.crt', certPem),
      'client-key': await write('client.key', keyPem),
    };
  }

  async function newUser(form: CredentialForm): Promise<object> {
    switch (form) {
      case 'token file':
        return { tokenFile: await write('token', `${await newToken()}\n`) };
      case 'kubeconfig':
        return { token: await newToken() };
      case 'exec plugin': {
        const apiVersion = 'client.authentication.k8s.io/v1';
        const answer = { apiVersion, kind: 'ExecCredential', status: { token: await newToken() } };
        const path = await write('answer.json', JSON.stringify(answer));
        return { exec: { apiVersion, command: 'cat', args: [path], interactiveMode: 'Never' } };
      }
      case 'client certificate':
        return await newCertificate();
    }
  }

  return {
    kubeconfig,
    async renew(form) {
      const user = await newUser(form);
      const trust = Buffer.from(proxy.caPem()).toString('base64');
      const content = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'host', cluster: { server: proxy.url, 'certificate-authority-data': trust } }],
        users: [{ name: 'k3v', user }],
        contexts: [{ name: 'host', context: { cluster: 'host', user: 'k3v', namespace } }],
        'current-context': 'host',
      };
      await write('host.yaml', JSON.stringify(content));
    },
    expire: async () => await expire(),
  };
}
