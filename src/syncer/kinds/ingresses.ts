import { type Ingress, type KubeObject, joinKey, resources } from '../../kube/types.ts';
import { type NameOnHost, hostAnnotations } from '../../translate/ingress-annotations.ts';
import type { Translator } from '../../translate/translator.ts';
import { type OptInKind, rightsToShow, rightsToWrite } from '../define-opt-in.ts';
import { defineMirror } from '../define-mirror.ts';
import { defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { shownAsOnHost } from '../shown-as-on-host.ts';

type Spec = NonNullable<Ingress['spec']>;
type Backend = NonNullable<Spec['defaultBackend']>;

const ingressSyncer = defineSyncer<Ingress>({
  resource: resources.ingresses,
  toHost: (virtual, { translator }) => toHostIngress(virtual, translator),
  // The class stays as the host's admission may have chosen one.
  wholeFields: ['spec.rules', 'spec.tls', 'spec.defaultBackend'],
  toVirtual: ({ status }) => ({ status: status ?? {} }),
});

const ingressClassMirror = defineMirror<KubeObject>(shownAsOnHost(resources.ingressClasses));

/** Ingresses, for the ingress controllers of the host, whose classes are shown where k3v may read them. */
export const ingresses: OptInKind = {
  name: 'ingresses',
  rights: [rightsToWrite(resources.ingresses), rightsToShow(resources.ingressClasses)],
  isCustom: false,
  open: () => ({
    syncers: [ingressSyncer],
    mirrors: [ingressClassMirror],
    uses: [
      { resource: resources.secrets, rule: enqueueFrom('virtual', resources.ingresses, namesUsedBy('Secret')) },
      { resource: resources.configMaps, rule: enqueueFrom('virtual', resources.ingresses, namesUsedBy('ConfigMap')) },
    ],
  }),
};

/** Returns the host Ingress that `virtual` should have. */
export function toHostIngress(virtual: Ingress, translator: Translator): Ingress {
  const own = virtual.metadata.namespace ?? '';
  return renamed(virtual, translator.hostObject(resources.ingresses, virtual), (kind, name, namespace = own) => ({
    namespace: translator.hostNamespace,
    name: translator.hostName(kind, namespace, name),
  }));
}

/** Returns a function that lists the keys of what an Ingress names of `wanted`. */
function namesUsedBy(wanted: string): (ingress: Ingress) => string[] {
  return (ingress) => {
    const own = ingress.metadata.namespace ?? '';
    const keys = new Set<string>();
    renamed(ingress, ingress, (kind, name, namespace = own) => {
      if (kind === wanted) keys.add(joinKey(namespace, name));
      return { namespace, name };
    });
    return [...keys].toSorted();
  };
}

/** Returns `ingress` with the identity of `object`, in which every name of something else has gone through `nameOnHost`. */
function renamed(
  ingress: Ingress,
  object: Pick<Ingress, 'apiVersion' | 'kind' | 'metadata'>,
  nameOnHost: NameOnHost,
): Ingress {
  const { rules, tls, defaultBackend, ...rest } = ingress.spec ?? {};
  const backend = ({ service, resource }: Backend): Backend => ({
    ...(service
      ? { service: isAnnotation(service) ? service : { ...service, ...named('Service', service.name) } }
      : {}),
    // A name that stayed as it is could be that of somebody else's object in the host namespace.
    ...(resource ? { resource: { ...resource, ...named(resource.kind, resource.name) } } : {}),
  });
  const named = (kind: string, name: string) => ({ name: nameOnHost(kind, name).name });
  const annotations = hostAnnotations(object.metadata.annotations ?? {}, nameOnHost);
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...object.metadata, annotations },
    spec: {
      ...rest,
      ...(defaultBackend ? { defaultBackend: backend(defaultBackend) } : {}),
      ...(rules
        ? {
            rules: rules.map(({ http, ...rule }) => ({
              ...rule,
              ...(http
                ? { http: { ...http, paths: http.paths.map((path) => ({ ...path, backend: backend(path.backend) })) } }
                : {}),
            })),
          }
        : {}),
      ...(tls
        ? {
            tls: tls.map(({ secretName, ...each }) => ({
              ...each,
              ...(secretName ? { secretName: named('Secret', secretName).name } : {}),
            })),
          }
        : {}),
    },
  };
}

/** The AWS controller's way to say that the "service" is an annotation `alb.ingress.kubernetes.io/actions.<name>`. */
function isAnnotation({ port }: NonNullable<Backend['service']>): boolean {
  return port?.name === 'use-annotation';
}
