import { expect, test } from 'vitest';
import { covers } from '../../../src/k3k/covers.ts';

test.each<{ title: string; actual: unknown; wanted: unknown }>([
  { title: 'defaults of the API server', actual: { a: 1, b: 2, status: {} }, wanted: { a: 1 } },
  { title: 'labels of others', actual: { labels: { a: '1', theirs: '2' } }, wanted: { labels: { a: '1' } } },
  { title: 'an empty map that was left out', actual: {}, wanted: { emptyDir: {}, list: [] } },
  { title: 'nothing where nothing is wanted', actual: {}, wanted: { a: undefined } },
  {
    title: 'a container that somebody put beside',
    actual: { containers: [{ name: 'sidecar' }, { name: 'k3v', image: 'a', terminationMessagePath: '/x' }] },
    wanted: { containers: [{ name: 'k3v', image: 'a' }] },
  },
  {
    title: 'defaults in a list that is one whole',
    actual: { volumeClaimTemplates: [{ metadata: { name: 'data' }, status: { phase: 'Pending' } }] },
    wanted: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
  },
  {
    title: 'the same amounts in other words',
    actual: { limits: { cpu: '1', memory: '2Gi' } },
    wanted: { limits: { cpu: '1000m', memory: '2048Mi' } },
  },
  {
    title: 'the same amounts in a LimitRange',
    actual: { limits: [{ type: 'Pod', max: { cpu: '1' }, default: { cpu: '500m' } }] },
    wanted: { limits: [{ type: 'Pod', max: { cpu: '1000m' } }] },
  },
  { title: 'an amount that is a number', actual: { limits: { cpu: '2' } }, wanted: { limits: { cpu: 2 } } },
])('$title make no difference', ({ actual, wanted }) => {
  expect(covers(actual, wanted)).toBe(true);
});

test.each<{ title: string; actual: unknown; wanted: unknown }>([
  { title: 'another value', actual: { a: 1 }, wanted: { a: 2 } },
  { title: 'a value that is missing', actual: {}, wanted: { a: 2 } },
  { title: 'nothing at all', actual: undefined, wanted: { a: 2 } },
  { title: 'another order of arguments', actual: { args: ['b', 'a'] }, wanted: { args: ['a', 'b'] } },
  { title: 'an argument more', actual: { args: ['a', 'b'] }, wanted: { args: ['a'] } },
  { title: 'an entry in an empty list', actual: { tolerations: [{}] }, wanted: { tolerations: [] } },
  {
    title: 'a limit more',
    actual: { limits: [{ type: 'Pod' }, { type: 'Container' }] },
    wanted: { limits: [{ type: 'Pod' }] },
  },
  { title: 'an amount that is missing', actual: { hard: { cpu: '1' } }, wanted: { hard: { cpu: '1', pods: '5' } } },
  { title: 'another amount', actual: { limits: { cpu: '1' } }, wanted: { limits: { cpu: '1001m' } } },
  {
    title: 'a container that is missing',
    actual: { containers: [{ name: 'sidecar' }] },
    wanted: { containers: [{ name: 'k3v' }] },
  },
  { title: 'a right more', actual: { rules: [{ verbs: ['get'] }, {}] }, wanted: { rules: [{ verbs: ['get'] }] } },
  {
    title: 'a peer that is wider',
    actual: { ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }] }] },
    wanted: { ingress: [{ from: [{ podSelector: {} }] }] },
  },
])('$title makes a difference', ({ actual, wanted }) => {
  expect(covers(actual, wanted)).toBe(false);
});
