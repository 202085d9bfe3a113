import { expect, it } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { setHostname } from '../../../src/translate/pod-hostname.ts';

type Spec = NonNullable<Pod['spec']>;
const containers = [{ name: 'main' }];

it.each<[string, Partial<Spec>, Partial<Spec>]>([
  ['its name', {}, { hostname: 'web-0' }],
  ['the one it asks for', { hostname: 'db' }, { hostname: 'db' }],
  ['no subdomain of the host', { hostname: 'db', subdomain: 'web' }, { hostname: 'db' }],
  [
    'its full name in the virtual cluster, if it wants that',
    { hostname: 'db', subdomain: 'web', setHostnameAsFQDN: true },
    { hostname: 'db', hostnameOverride: 'db.web.shop.svc.corp.example' },
  ],
  ['no full name without a subdomain', { setHostnameAsFQDN: true }, { hostname: 'web-0' }],
  ['the override it asks for', { hostnameOverride: 'a.b' }, { hostname: 'web-0', hostnameOverride: 'a.b' }],
  [
    'that of the node on its network',
    { hostNetwork: true, hostname: 'db', subdomain: 'web' },
    { hostNetwork: true, hostname: 'db' },
  ],
])('a host pod has as host name %s', (_, own, expected) => {
  const spec = { containers, ...own };
  setHostname(spec, { metadata: { name: 'web-0', namespace: 'shop' }, spec }, 'corp.example');
  expect(spec).toEqual({ containers, ...expected });
});

it.each<[string, Partial<Spec>, Partial<Spec>]>([
  ['a.b.c', {}, { hostname: 'a-b-c', hostnameOverride: 'a.b.c' }],
  ['a.b.c', { hostname: 'a' }, { hostname: 'a' }],
  ['a.b.c', { hostnameOverride: 'x.y' }, { hostname: 'a-b-c', hostnameOverride: 'x.y' }],
  [
    'a.b',
    { subdomain: 'web', setHostnameAsFQDN: true },
    { hostname: 'a-b', hostnameOverride: 'a.b.web.shop.svc.cluster.local' },
  ],
  [`${'x'.repeat(62)}.more`, {}, { hostname: 'x'.repeat(62) }],
])('a pod called %s has the host name of a bare cluster where the host can give it', (name, own, expected) => {
  const spec: Spec = { containers, ...own };
  setHostname(spec, { metadata: { name, namespace: 'shop' }, spec: { containers, ...own } }, 'cluster.local');
  expect(spec).toEqual({ containers, ...expected });
});
