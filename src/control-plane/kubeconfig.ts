import { stringify } from 'yaml';

export type KubeconfigContent = {
  server: string;
  caPem: string;
  /** Also the name of the cluster and the user. */
  contextName: string;
  /** Default: the kubeconfig names none, which kubectl takes for `default`. */
  namespace?: string;
} & ({ certPem: string; keyPem: string } | { token: string });

/** Returns a kubeconfig with one context and the credentials inside, so that the file can be handed on. */
export function kubeconfigYaml(content: KubeconfigContent): string {
  const { server, contextName: name, namespace } = content;
  return render(name, namespace, {
    cluster: { server, 'certificate-authority-data': base64(content.caPem) },
    user:
      'token' in content
        ? { token: content.token }
        : { 'client-certificate-data': base64(content.certPem), 'client-key-data': base64(content.keyPem) },
  });
}

/** Returns a kubeconfig that points to files. client-go reads those again when they change, so renewal needs no restart. */
export function kubeconfigOfFiles(content: {
  server: string;
  caFile: string;
  certFile: string;
  keyFile: string;
}): string {
  return render('default', undefined, {
    cluster: { server: content.server, 'certificate-authority': content.caFile },
    user: { 'client-certificate': content.certFile, 'client-key': content.keyFile },
  });
}

function render(name: string, namespace: string | undefined, parts: { cluster: object; user: object }): string {
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [{ name, cluster: parts.cluster }],
      contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
      users: [{ name, user: parts.user }],
    },
    { lineWidth: 0 },
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
