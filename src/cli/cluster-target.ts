import { K3vError } from '../errors.ts';
import { type GivenFlags, invalidFlag, textIn } from './given-flags.ts';
import type { OwnFlag } from './own-flags.ts';

/** Which cluster is meant. */
export interface ClusterTarget {
  name: string;
  namespace: string;
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Flags that name a cluster. */
export const targetFlags = {
  name: { type: 'string', describe: 'name of the cluster, where it is not given as a word' },
  namespace: { type: 'string', short: 'n', describe: 'namespace of the cluster; else k3k-<name>' },
} as const satisfies Record<string, OwnFlag>;

/** Returns the cluster that is named by a word, `<name>` or `<namespace>/<name>`, or by `--name` and `--namespace`. Throws FLAG_INVALID if none is. */
export function clusterTarget(given: GivenFlags): ClusterTarget {
  const [word] = given.words;
  const [flag, flagNamespace] = [textIn(given, 'name'), textIn(given, 'namespace')];
  if (word !== undefined && flag !== undefined && word !== flag) {
    throw new K3vError('FLAG_INVALID', `two clusters are named: ${word}, and ${flag} by --name`, {
      hint: 'Name one of them.',
    });
  }
  const named = word ?? flag;
  if (named === undefined) {
    throw new K3vError('FLAG_INVALID', `k3v ${given.path.join(' ')} needs the name of a cluster`, {
      hint: 'k3v cluster list shows what there is.',
    });
  }
  const parts = named.split('/');
  const name = parts.at(-1) ?? '';
  const namespace = flagNamespace ?? (parts.length === 2 ? parts[0] : undefined) ?? `k3k-${name}`;
  if (parts.length > 2 || !dnsLabel.test(name)) throw invalidName(named);
  if (parts.length === 2 && parts[0] !== namespace) {
    throw new K3vError('FLAG_INVALID', `two namespaces are named: ${parts[0]}, and ${namespace} by --namespace`, {
      hint: 'Name one of them.',
    });
  }
  return { name, namespace: checkedNamespace(namespace) };
}

/** Returns `--namespace`. Throws FLAG_INVALID if it is no name of a namespace. */
export function namespaceIn(given: GivenFlags): string | undefined {
  const namespace = textIn(given, 'namespace');
  return namespace === undefined ? undefined : checkedNamespace(namespace);
}

function checkedNamespace(namespace: string): string {
  if (dnsLabel.test(namespace)) return namespace;
  throw invalidFlag('namespace', namespace, 'the name of a namespace');
}

function invalidName(name: string): K3vError {
  return new K3vError('FLAG_INVALID', `the name of the cluster is ${JSON.stringify(name)}`, {
    hint: 'It must be of a-z, 0-9 and -; <namespace>/<name> names one in another namespace.',
  });
}
