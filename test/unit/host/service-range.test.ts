import { describe, expect, test } from 'vitest';
import { findServiceRange, rangeIn } from '../../../src/host/service-range.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import type { Service } from '../../../src/kube/types.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const refusal =
  'Service "k3v-range-probe" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: ' +
  'the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16';

describe('the range in a refusal', () => {
  test.each([
    ['1.36', refusal, '10.96.0.0/16'],
    [
      '1.28',
      'Service "x" is invalid: spec.clusterIPs: Invalid value: []string{"1.1.1.1"}: failed to allocate IP 1.1.1.1: the provided IP (1.1.1.1) is not in the valid range. The range of valid IPs is 10.32.0.0/12',
      '10.32.0.0/12',
    ],
    [
      '1.20',
      'Service "x" is invalid: spec.clusterIPs: Invalid value: []string{"1.1.1.1"}: failed to allocated ip:1.1.1.1 with error:provided IP is not in the valid range. The range of valid IPs is 10.43.0.0/16',
      '10.43.0.0/16',
    ],
    ['an IPv6 host', 'The range of valid IPs is fd00:10:96::/112', 'fd00:10:96::/112'],
    ['a refusal of another kind', 'services is forbidden: exceeded quota: q, limited: services=5', undefined],
    ['an address family that the host lacks', 'IPv6 is not configured on this cluster', undefined],
  ])('is found in the words of %s', (_of, message, range) => expect(rangeIn(message)).toBe(range));
});

describe('the search for the range', () => {
  const asking = (words: Record<string, string>, families: string[] = []) => {
    const asked: unknown[] = [];
    const create = (async (resource: unknown, service: Service, options: unknown) => {
      asked.push([resource, service, options]);
      const message = words[service.spec?.clusterIP ?? ''];
      if (message) throw new StatusError(422, { message });
      return { ...service, spec: { ...service.spec, ipFamilies: families } };
    }) as KubeClient['create'];
    return { asked, client: answeringClient({ create }) };
  };
  const v6Refusal = 'the provided IP is not in the valid range. The range of valid IPs is fd00:10:96::/112';

  test('writes nothing: it is a dry run with addresses that no host has', async () => {
    const { asked, client } = asking({ '192.0.2.1': refusal, '2001:db8::1': 'IPv6 is not configured on this cluster' });
    expect(await findServiceRange(client, 'team-a')).toBe('10.96.0.0/16');
    const dryRun = (clusterIP: string) => [
      expect.objectContaining({ plural: 'services' }),
      expect.objectContaining({
        metadata: { name: 'k3v-range-probe', namespace: 'team-a' },
        spec: { clusterIP, ports: [{ port: 443 }] },
      }),
      { dryRun: true },
    ];
    expect(asked).toEqual([dryRun('192.0.2.1'), dryRun('2001:db8::1')]);
  });

  test.each([
    [
      'an IPv6-only host',
      { '192.0.2.1': 'IPv4 is not configured on this cluster', '2001:db8::1': v6Refusal },
      [],
      'fd00:10:96::/112',
    ],
    [
      'a dual-stack host',
      { '192.0.2.1': refusal, '2001:db8::1': v6Refusal },
      ['IPv4'],
      '10.96.0.0/16,fd00:10:96::/112',
    ],
    [
      'one that prefers IPv6',
      { '192.0.2.1': refusal, '2001:db8::1': v6Refusal },
      ['IPv6'],
      'fd00:10:96::/112,10.96.0.0/16',
    ],
  ])('finds that of %s', async (_of, words, families, range) => {
    const { asked, client } = asking(words, families);
    expect(await findServiceRange(client, 'team-a')).toBe(range);
    for (const [, , options] of asked as [unknown, unknown, unknown][]) expect(options).toEqual({ dryRun: true });
  });

  test('tells the first refusal and the flag when the host names no range', async () => {
    const create = refusing(403, 'Forbidden', 'services is forbidden: exceeded quota');
    await expect(findServiceRange(answeringClient({ create }), 'team-a')).rejects.toMatchObject({
      code: 'SERVICE_RANGE_UNKNOWN',
      message: expect.stringContaining('exceeded quota'),
      hint: expect.stringContaining('--service-cidr'),
    });
  });

  test('fails too on a host that takes any address', async () => {
    const create = (async (_resource: unknown, service: Service) => service) as unknown as KubeClient['create'];
    await expect(findServiceRange(answeringClient({ create }), 'team-a')).rejects.toMatchObject({
      code: 'SERVICE_RANGE_UNKNOWN',
    });
  });

  test('does not take a lost connection for an answer', async () => {
    const create = async () => {
      throw new ConnectionError('socket hang up');
    };
    await expect(findServiceRange(answeringClient({ create }), 'team-a')).rejects.toThrow('socket hang up');
  });
});
