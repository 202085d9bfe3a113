import { expect, it } from 'vitest';
import type { Pod, Service } from '../../../src/kube/types.ts';
import { withPatch } from '../../../src/syncer/with-patch.ts';

const metadata = { name: 'x', namespace: 'team' };

it('finds the container that a resize is about', () => {
  const requests = (cpu: string) => ({ requests: { cpu, memory: '1Gi' } });
  const pod: Pod = {
    metadata,
    spec: {
      containers: [
        { name: 'a', image: 'app', resources: requests('1') },
        { name: 'b', image: 'app', resources: requests('1') },
      ],
    },
  };
  const after = withPatch(pod, { spec: { containers: [{ name: 'b', resources: { requests: { cpu: '2' } } }] } });
  expect(after.spec?.containers.map(({ resources }) => resources?.requests)).toEqual([
    { cpu: '1', memory: '1Gi' },
    { cpu: '2', memory: '1Gi' },
  ]);
  expect(pod.spec?.containers[1]?.resources).toEqual(requests('1'));
});

it('leaves alone what is undefined, as that is not sent', () => {
  const resources = { requests: { cpu: '1' }, limits: { cpu: '2' } };
  const pod: Pod = { metadata, spec: { containers: [{ name: 'a', image: 'app', resources }] } };
  const change = { name: 'a', resources: { requests: { cpu: '2' }, limits: undefined } };
  const after = withPatch(pod, { spec: { containers: [change], resources: undefined } });
  expect(after.spec?.containers[0]?.resources).toEqual({ requests: { cpu: '2' }, limits: { cpu: '2' } });
  expect(Object.keys(after.spec ?? {})).toEqual(['containers']);
});

it('takes away what is null, and replaces a list that is to be replaced or has no names', () => {
  const service: Service = {
    metadata,
    spec: { type: 'NodePort', externalName: 'x', ports: [{ port: 80, name: 'a' }] },
  };
  expect(withPatch(service, { spec: { type: 'LoadBalancer', externalName: null } }).spec).toEqual({
    type: 'LoadBalancer',
    ports: [{ port: 80, name: 'a' }],
  });
  const ports = [{ port: 81, name: 'b' }, { $patch: 'replace' }];
  expect(withPatch(service, { spec: { ports } }).spec?.ports).toEqual([{ port: 81, name: 'b' }]);
  expect(withPatch(service, { spec: { ports: [{ port: 82 }] } }).spec?.ports).toEqual([{ port: 82 }]);
});
