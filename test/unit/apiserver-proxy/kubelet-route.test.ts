import { describe, expect, it } from 'vitest';
import { kubeletRoute } from '../../../src/apiserver-proxy/kubelet-route.ts';

describe('the route of a request to a kubelet', () => {
  it.each([
    [
      'GET /containerLogs/shop/web/app?follow=true&tailLines=5&timestamps=true&stream=All',
      { kind: 'logs', namespace: 'shop', pod: 'web', container: 'app' },
      'container=app&follow=true&timestamps=true&tailLines=5',
    ],
    [
      'GET /containerLogs/shop/web/app?previous=true&sinceTime=2026-01-02T03%3A04%3A05Z&limitBytes=9&stream=Stderr',
      { kind: 'logs' },
      'container=app&previous=true&sinceTime=2026-01-02T03%3A04%3A05Z&limitBytes=9&stream=Stderr',
    ],
    ['GET /containerLogs/shop/web/app?tail=all&tailLines=3', { kind: 'logs' }, 'container=app'],
    ['GET /containerLogs/shop/web/app?tail=7', { kind: 'logs' }, 'container=app&tailLines=7'],
    [
      'POST /exec/shop/web.v1/app?command=sh&command=-c&command=echo+a%26b%0Ac&input=1&output=1&error=1&tty=1',
      { kind: 'exec', namespace: 'shop', pod: 'web.v1', container: 'app', uid: undefined },
      'container=app&stdin=true&stdout=true&stderr=true&tty=true&command=sh&command=-c&command=echo+a%26b%0Ac',
    ],
    [
      'GET /exec/shop/web/1b4c-77/app?command=ls&output=1&stdin=true&container=evil',
      { kind: 'exec', uid: '1b4c-77', container: 'app' },
      'container=app&stdout=true&command=ls',
    ],
    ['POST /attach/shop/web/app?output=1&command=sh', { kind: 'attach', uid: undefined }, 'container=app&stdout=true'],
    ['POST /portForward/shop/web', { kind: 'portForward', uid: undefined, container: undefined }, ''],
    ['GET /portForward/shop/web/77-a?port=80&port=81,82', { kind: 'portForward', uid: '77-a' }, 'ports=80%2C81%2C82'],
  ])('%s is a subresource of the pod', (request, expected, query) => {
    const [method = '', url = ''] = request.split(' ');
    expect(kubeletRoute(method, url)).toMatchObject({ ...expected, query });
  });

  it.each(['healthz', 'pods', 'stats/summary', 'metrics', 'metrics/cadvisor', 'metrics/resource'])(
    '%s is about the node',
    (endpoint) => {
      expect(kubeletRoute('GET', `/${endpoint}`)).toEqual({ kind: 'node', endpoint });
      expect(kubeletRoute('GET', `/${endpoint}/?timeout=3`)).toEqual({ kind: 'node', endpoint });
      expect(kubeletRoute('POST', `/${endpoint}`)).toMatchObject({ kind: 'refused', code: 405 });
    },
  );

  it.each([
    '/run/shop/web/app?cmd=id',
    '/configz',
    '/debug/pprof/heap',
    '/debug/flags/v',
    '/logs/',
    '/logs/syslog',
    '/runningpods/',
    '/checkpoint/shop/web/app',
    '/metrics/probes',
    '/flagz',
    '/statusz',
    '/',
    '/pods/extra',
    '/spec/',
  ])('%s belongs to the host', (url) => {
    for (const method of ['GET', 'POST', 'PUT']) {
      expect(kubeletRoute(method, url)).toMatchObject({ kind: 'refused', code: 403 });
    }
  });

  it.each([
    '/containerLogs/shop/web',
    '/containerLogs/shop/web/app/more',
    '/containerLogs/../web/app',
    '/containerLogs/shop/../../../secrets/app',
    '/containerLogs/shop/..%2f..%2fsecrets/app',
    '/containerLogs/shop/web%2Flog/app',
    '/containerLogs/shop/web%252Flog/app',
    '/containerLogs/shop/%2e%2e/app',
    '/containerLogs/shop/web%0d%0aX-Remote-User:%20admin/app',
    '/containerLogs/shop/web%00/app',
    '/containerLogs/shop/web%3Fa=b/app',
    '/containerLogs/shop/web%23/app',
    '/containerLogs/shop/Web/app',
    '/containerLogs/shop/web/app%20b',
    '/containerLogs/shop/web/',
    '/containerLogs//web/app',
    '/containerLogs/shop/web/%',
    '/containerLogs/shop/web/app\u0000',
    `/containerLogs/shop/${'a'.repeat(254)}/app`,
    `/containerLogs/${'a'.repeat(64)}/web/app`,
    '/exec/shop/web/u/app/more?command=ls',
    '/exec/shop/web/..%2f/app?command=ls',
    '/portForward/shop/web/uid/more',
    '/portForward/shop',
    '/portForward/shop/web?port=0',
    '/portForward/shop/web?port=65536',
    '/portForward/shop/web?port=80;ls',
    'http://127.0.0.1/containerLogs/shop/web/app',
    '*',
    '',
  ])('%j names nothing', (url) => {
    expect(kubeletRoute('GET', url)).toMatchObject({ kind: 'refused', code: 400 });
  });

  it('takes no other method than a kubelet does', () => {
    expect(kubeletRoute('POST', '/containerLogs/shop/web/app')).toMatchObject({ kind: 'refused', code: 405 });
    expect(kubeletRoute('PUT', '/exec/shop/web/app')).toMatchObject({ kind: 'refused', code: 405 });
    expect(kubeletRoute('DELETE', '/portForward/shop/web')).toMatchObject({ kind: 'refused', code: 405 });
  });
});
