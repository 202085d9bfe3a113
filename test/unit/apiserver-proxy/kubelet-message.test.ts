import { describe, expect, it } from 'vitest';
import { virtualMessage, virtualRefusal } from '../../../src/apiserver-proxy/kubelet-message.ts';
import { webPair } from '../../support/served-kubelet.ts';

describe('what a host says of a pod', () => {
  it.each([
    ['pods "web-shop-abcdefghij" not found', 'pods "web" not found'],
    ['container app is not valid for pod web-shop-abcdefghij', 'container app is not valid for pod web'],
    [
      'previous terminated container "app" in pod "web-shop-abcdefghij" not found',
      'previous terminated container "app" in pod "web" not found',
    ],
    ['pod not found ("web-shop-abcdefghij_team-a")', 'pod not found ("web_shop")'],
    ['cannot find "web-shop-abcdefghij_team-a(host-uid-web)"', 'cannot find "web_shop(virtual-uid-web)"'],
    ['no pod team-a/web-shop-abcdefghij', 'no pod shop/web'],
    ['pods "web-shop-abcdefghij" not found in namespace "team-a"', 'pods "web" not found in namespace "shop"'],
    ['namespace: team-a is ending', 'namespace: shop is ending'],
    [
      'pods "web-shop-abcdefghij" is forbidden: User "k3v@example.org" cannot get resource "pods/log" in API group "" in the namespace "team-a": RBAC: role "secret-role" not found',
      'pods "web" is forbidden: k3v cannot get resource "pods/log" in API group "" on the host',
    ],
    ['the team-a of words', 'the team-a of words'],
    ['namespace "team-a-b" is another one', 'namespace "team-a-b" is another one'],
    ['container not found ("app")', 'container not found ("app")'],
  ])('%s is told as %s', (message, expected) => {
    expect(virtualMessage(message, webPair())).toBe(expected);
  });

  it('stays a Status, with virtual names in its details and causes', () => {
    const body = JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: { selfLink: '/api/v1/namespaces/team-a/pods/web-shop-abcdefghij' },
      status: 'Failure',
      message: 'PodLogOptions "web-shop-abcdefghij" is invalid: tailLines: Invalid value: -1',
      reason: 'Invalid',
      details: {
        name: 'web-shop-abcdefghij',
        kind: 'PodLogOptions',
        uid: 'host-uid-web',
        causes: [{ reason: 'FieldValueInvalid', message: 'of web-shop-abcdefghij', field: 'tailLines' }],
      },
      code: 422,
    });
    expect(virtualRefusal(body, webPair())).toEqual({
      text: 'PodLogOptions "web" is invalid: tailLines: Invalid value: -1',
      status: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'PodLogOptions "web" is invalid: tailLines: Invalid value: -1',
        reason: 'Invalid',
        details: {
          name: 'web',
          kind: 'PodLogOptions',
          causes: [{ reason: 'FieldValueInvalid', message: 'of web', field: 'tailLines' }],
        },
        code: 422,
      },
    });
  });

  it.each(['{ "message": "no Status', '[]', '{"kind":"Pod"}', 'plain', ''])('%j is passed on as text', (body) => {
    expect(virtualRefusal(body, webPair())).toEqual({ text: body, status: undefined });
  });
});
