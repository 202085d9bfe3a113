import { type Schema, core, flag, text } from './schema.ts';

/** How the pods of a virtual cluster itself run, as a Cluster and a policy say it. */
export const podSchema: Record<string, Schema> = {
  podSecurityContext: core(
    'PodSecurityContext',
    'Security context of the server and agent pods, in place of the default one.',
  ),
  securityContext: core(
    'SecurityContext',
    'Security context of the containers of server and agent pods, in place of the default one.',
  ),
  runtimeClassName: text('RuntimeClass of the server and agent pods.'),
  hostUsers: flag(
    'Whether server and agent pods run in the user namespace of their node. Kubernetes decides if it is left out.',
  ),
};

export const affinity = (whose: string): Schema => core('Affinity', `Affinity of the ${whose} pods.`);

export const mode = (description: string): Schema =>
  text(description, {
    default: 'shared',
    enum: ['shared', 'virtual', 'hcp'],
    rules: [
      { rule: 'self == oldSelf', message: 'the mode cannot change: make another cluster' },
      {
        rule: "self != 'hcp'",
        message: 'mode hcp (control plane only, nodes of your own) is not supported: use shared or virtual',
      },
    ],
  });
