import { describe, expect, test } from 'vitest';
import { metricsRoute } from '../../../src/apiserver-proxy/metrics-route.ts';

const base = '/apis/metrics.k8s.io/v1beta1';
const list = { to: 'list', selects: expect.any(Function) };

describe('a request to metrics.k8s.io', () => {
  test.each([
    ['', { to: 'discovery' }],
    ['/', { to: 'discovery' }],
    ['?timeout=32s', { to: 'discovery' }],
    ['/pods', { ...list, plural: 'pods', namespace: undefined }],
    ['/nodes', { ...list, plural: 'nodes', namespace: undefined }],
    ['/nodes/n1.example.com', { to: 'get', plural: 'nodes', namespace: '', name: 'n1.example.com' }],
    ['/namespaces/shop/pods', { ...list, plural: 'pods', namespace: 'shop' }],
    ['/namespaces/shop/pods/web-0', { to: 'get', plural: 'pods', namespace: 'shop', name: 'web-0' }],
    ['/namespaces/shop/pods?watch=false', { ...list, plural: 'pods', namespace: 'shop' }],
  ])('for %j is understood', (rest, route) => {
    expect(metricsRoute('GET', base + rest)).toEqual(route);
  });

  test.each([
    '/apis',
    '/apis/metrics.k8s.io',
    '/apis/metrics.k8s.io/v1',
    '/apis/other.example.com/v1beta1/pods',
    '/openapi/v1',
    `${base}/namespaces`,
    `${base}/namespaces/shop`,
    `${base}/namespaces/shop/nodes`,
    `${base}/namespaces/shop/pods/web/log`,
    `${base}/namespaces/../pods`,
    `${base}/namespaces/shop/pods/..`,
    `${base}/namespaces/shop%2Fpods/web`,
    `${base}//pods`,
    `${base}/pods/`,
    `${base}/deployments`,
    `${base}/nodes/n1/proxy`,
  ])('for %j is not found', (url) => {
    expect(() => metricsRoute('GET', url)).toThrow(expect.objectContaining({ code: 404, reason: 'NotFound' }));
  });

  test.each([
    ['POST', '/pods'],
    ['DELETE', '/namespaces/shop/pods/web'],
    ['GET', '/pods?watch=true'],
    ['GET', '/nodes?watch=1'],
  ])('to %s %s is not allowed', (method, rest) => {
    expect(() => metricsRoute(method, base + rest)).toThrow(expect.objectContaining({ code: 405 }));
  });

  const selected = (query: string) => {
    const route = metricsRoute('GET', `${base}/pods?${query}`);
    if (route.to !== 'list') throw new Error('not a list');
    return [
      { name: 'web', namespace: 'shop', labels: { app: 'web' } },
      { name: 'db', namespace: 'shop', labels: { app: 'db' } },
      { name: 'web', namespace: 'test' },
    ]
      .filter(route.selects)
      .map(({ name, namespace }) => `${namespace}/${name}`);
  };

  test.each([
    ['', ['shop/web', 'shop/db', 'test/web']],
    ['labelSelector=app%3Dweb', ['shop/web']],
    ['labelSelector=app', ['shop/web', 'shop/db']],
    ['labelSelector=app+in+(db)', ['shop/db']],
    ['fieldSelector=metadata.name%3Dweb', ['shop/web', 'test/web']],
    ['fieldSelector=metadata.name%3Dweb,metadata.namespace%3Dtest', ['test/web']],
    ['fieldSelector=metadata.namespace!%3Dshop', ['test/web']],
    ['labelSelector=app&fieldSelector=metadata.name%3D%3Ddb', ['shop/db']],
  ])('with %j selects by the virtual names and labels', (query, keys) => {
    expect(selected(query)).toEqual(keys);
  });

  test.each([
    ['labelSelector=app+in+web', 'unable to parse labelSelector: "app in web"'],
    ['fieldSelector=spec.nodeName%3Dn1', 'field label not supported: spec.nodeName'],
  ])('with %j is a bad one', (query, message) => {
    expect(() => selected(query)).toThrow(expect.objectContaining({ code: 400, reason: 'BadRequest', message }));
  });
});
