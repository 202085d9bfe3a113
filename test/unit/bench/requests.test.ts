import { expect, test } from 'vitest';
import { auditedRequests, countRequests } from '../../bench/requests.ts';

const request = (verb: string, resource: string) => ({ verb, resource, name: undefined });

test('writes and reads are counted for each pod, watches are neither, and the commonest comes first', () => {
  const requests = [
    request('create', 'pods'),
    request('patch', 'pods/status'),
    request('create', 'pods'),
    request('patch', 'pods/status'),
    request('patch', 'pods/status'),
    request('delete', 'pods'),
    request('watch', 'pods'),
    request('list', 'secrets'),
  ];
  expect(countRequests(requests, 2)).toEqual({
    writes: 3,
    reads: 0.5,
    parts: '1.5 patch pods/status, 1 create pods, 0.5 delete pods, 0.5 list secrets',
  });
});

test('of an audit log those of one client are taken, once each', () => {
  const event = (userAgent: string, stage: string, objectRef: object) =>
    JSON.stringify({ verb: 'patch', userAgent, stage, objectRef });
  const log = [
    event('k3v/0.1.0', 'ResponseComplete', { resource: 'pods', subresource: 'status', name: 'web' }),
    event('k3v/0.1.0', 'ResponseStarted', { resource: 'pods', name: 'web' }),
    event('kubectl/v1.36.3', 'ResponseComplete', { resource: 'pods', name: 'web' }),
    event('k3v/0.1.0', 'ResponseComplete', {}),
    '',
  ].join('\n');
  expect(auditedRequests(log, 'k3v/')).toEqual([{ verb: 'patch', resource: 'pods/status', name: 'web' }]);
});
