import { K3vError } from '../errors.ts';
import type { CommandEntry } from './command-entry.ts';
import { expirySeconds } from './expiry.ts';
import { type OwnFlagName, ownFlags } from './own-flags.ts';

/** What `k3v kubeconfig` is to make. */
export interface KubeconfigWish {
  who: { by: 'certificate'; user: string; groups: string[] } | { by: 'token'; namespace: string; account: string };
  seconds: number;
  /** Under which URL the API server is reached; undefined: as in the tenant's kubeconfig. */
  server: string | undefined;
  /** The file to write; undefined: standard output. */
  to: string | undefined;
}

/** Returns the wish in the flags, as yargs gives them. Throws FLAG_INVALID. */
export function kubeconfigWish(given: Record<string, unknown>): KubeconfigWish {
  const words = (name: OwnFlagName) => [given[name]].flat().filter((each) => typeof each === 'string');
  const text = (name: OwnFlagName) => words(name)[0];
  const [user, token, server, to] = [text('user'), text('token'), text('server'), text('to')];
  const seconds = expirySeconds(text('expires') ?? String(ownFlags.expires.default));
  if (server !== undefined && !isHttps(server)) {
    throw invalid(`--server is "${server}"`, 'It must be a URL such as https://k3v.example:7443.');
  }
  if ((user === undefined) === (token === undefined)) {
    throw invalid(
      `k3v kubeconfig needs ${user === undefined ? '--user or --token' : 'one of --user and --token, not both'}`,
      'See k3v kubeconfig --help.',
    );
  }
  const groups = words('group').flatMap((each) => each.split(',').filter(Boolean));
  if (user !== undefined) return { who: { by: 'certificate', user, groups }, seconds, server, to };
  if (groups.length > 0) throw invalid('--group goes with --user', 'The groups of a service account are given.');
  const [, namespace = '', account = ''] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(token ?? '') ?? [];
  if (account === '') {
    throw invalid(`--token is "${token}"`, 'It must be <namespace>/<service account>, such as ci/builder.');
  }
  return { who: { by: 'token', namespace, account }, seconds, server, to };
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}

function invalid(message: string, hint: string): K3vError {
  return new K3vError('FLAG_INVALID', message, { hint });
}

export const kubeconfigEntry: CommandEntry = {
  usage: [
    'kubeconfig --user <name> [--group <name>]... [--expires 24h]',
    'kubeconfig --token <namespace>/<service account> [--expires 24h]',
  ],
  summary: 'make a kubeconfig for another user or a service account',
  about: ['Prints a kubeconfig for somebody else than the cluster-admin. k3v has to run.'],
  own: ['user', 'group', 'token', 'expires', 'server', 'to'],
  heeds: ['data-dir'],
  examples: [
    ['k3v kubeconfig --user ci --group viewers --expires 8h --to ci.yaml', 'a user in the group viewers'],
    ['kubectl create clusterrolebinding viewers --clusterrole=view --group=viewers', 'what that group may do'],
    ['k3v kubeconfig --token ci/builder --server https://k3v.example:7443', 'a service account, from elsewhere'],
  ],
};
