import { type Deployment, resources } from '../../kube/types.ts';
import type { ObjectsOf } from '../cluster-context.ts';
import { namesOf } from '../names.ts';
import { textIn } from '../secret-texts.ts';
import { k3sConfig, k3sContainer } from './k3s-pod.ts';
import { owned, typed } from './owned.ts';
import { placementOf, podLabelsOf, spread } from './pod-fields.ts';

const dataVolume = 'data';

/** The agents in mode virtual: k3s as a node alone, each under the name of its pod. None as long as the Service or the token is not known. */
export const virtualAgents: ObjectsOf = (context) => {
  const { cluster, spec, service, token } = context;
  const secretToken = textIn(token, 'token');
  const [port] = service?.spec?.ports ?? [];
  if (spec.mode !== 'virtual' || spec.agents === 0 || secretToken === undefined || !port) return [];
  const { name, namespace = '' } = cluster.metadata;
  const names = namesOf(name);
  const config = k3sConfig(context, names.agentConfig, {
    server: `https://${names.service}.${namespace}.svc:${port.port}`,
    token: secretToken,
  });
  const labels = podLabelsOf(context, 'agent');
  const { container, volumes } = k3sContainer(context, 'agent', { dataVolume, configSecret: names.agentConfig });
  const agents: Deployment = {
    ...typed(resources.deployments),
    metadata: owned(cluster, names.agent),
    spec: {
      replicas: spec.agents,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'k3k.io/config-hash': config.hash } },
        spec: {
          affinity: spread(labels),
          ...placementOf(context, 'agent'),
          ...(spec.podSecurityContext ? { securityContext: spec.podSecurityContext } : {}),
          containers: [container],
          volumes: [{ name: dataVolume, emptyDir: {} }, ...volumes],
        },
      },
    },
  };
  return [config.secret, agents];
};
