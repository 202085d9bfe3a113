/** Returns where on the host the object `name` of `kind` stands. `namespace` is given if it is not the one of who names it. */
export type NameOnHost = (kind: string, name: string, namespace?: string) => { namespace: string; name: string };

/** Annotations of ingress-nginx whose value is `name` or `namespace/name` of an object. */
const nginx: Record<string, string> = {
  'auth-secret': 'Secret',
  'auth-tls-secret': 'Secret',
  'proxy-ssl-secret': 'Secret',
  'default-backend': 'Service',
  'auth-proxy-set-headers': 'ConfigMap',
  'fastcgi-params-configmap': 'ConfigMap',
};
const nginxDomain = 'nginx.ingress.kubernetes.io/';
const albActions = 'alb.ingress.kubernetes.io/actions.';

/** Returns `annotations` of an Ingress with the names of objects as they are on the host. */
export function hostAnnotations(annotations: Record<string, string>, nameOnHost: NameOnHost): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => {
      const kind = key.startsWith(nginxDomain) ? nginx[key.slice(nginxDomain.length)] : undefined;
      if (kind) return [key, hostReference(value, kind, nameOnHost)];
      return [key, key.startsWith(albActions) ? hostAction(value, nameOnHost) : value];
    }),
  );
}

function hostReference(value: string, kind: string, nameOnHost: NameOnHost): string {
  const [first = '', second] = value.split('/');
  if (second === undefined) return nameOnHost(kind, first).name;
  const { namespace, name } = nameOnHost(kind, second, first);
  return `${namespace}/${name}`;
}

/** An action of the AWS controller is JSON in which `serviceName` may stand at any depth. */
function hostAction(value: string, nameOnHost: NameOnHost): string {
  try {
    return JSON.stringify(
      JSON.parse(value, (key, inner: unknown) =>
        key === 'serviceName' && typeof inner === 'string' ? nameOnHost('Service', inner).name : inner,
      ),
    );
  } catch {
    // The controller will say what is wrong with it.
    return value;
  }
}
