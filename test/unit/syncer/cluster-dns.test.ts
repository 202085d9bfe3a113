import { describe, expect, it } from 'vitest';
import type { Pod, Service } from '../../../src/kube/types.ts';
import { clusterDnsOf, requireClusterDns, whenDnsIsThere } from '../../../src/syncer/cluster-dns.ts';
import { NotYet } from '../../../src/syncer/not-yet.ts';
import type { SyncContext } from '../../../src/syncer/sync-context.ts';
import { syncContext } from '../../support/sync-context.ts';

const { translator } = syncContext({});
const kubeDns = (spec: Service['spec']): Service => ({
  kind: 'Service',
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
  spec,
});
const onHost = (spec: Service['spec']): Service => ({
  kind: 'Service',
  metadata: { name: translator.hostName('Service', 'kube-system', 'kube-dns'), namespace: 'team' },
  spec,
});
const pod = (name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod => ({
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: { containers: [{ name: 'main' }], ...spec },
});
const running = (context: SyncContext): SyncContext => ({
  ...context,
  settings: { ...context.settings, runsDns: true },
});

describe('cluster DNS', () => {
  it.each<[string, Service[], string[]]>([
    ['not there', [], []],
    ['without an address', [onHost({})], []],
    ['headless', [onHost({ clusterIP: 'None', clusterIPs: ['None'] })], []],
    ['there', [onHost({ clusterIP: '10.0.0.10' })], ['10.0.0.10']],
    ['dual-stack', [onHost({ clusterIPs: ['10.0.0.10', 'fd00::10'] })], ['10.0.0.10', 'fd00::10']],
  ])('%s', (_, host, servers) => {
    expect(clusterDnsOf(syncContext({ host }))).toEqual({ servers, domain: 'cluster.local' });
  });
});

describe('a pod', () => {
  it.each<[string, SyncContext]>([
    ['that k3v runs', running(syncContext({}))],
    ["of the tenant's", syncContext({ virtual: [kubeDns({ clusterIP: '10.9.9.9' })] })],
  ])('waits for the address of a cluster DNS %s, and says so', (_, context) => {
    const wait = () => requireClusterDns(pod('p'), context);
    expect(wait).toThrow(NotYet);
    expect(wait).toThrow(expect.objectContaining({ event: 'MissingClusterDNS' }));
  });

  it.each<[string, SyncContext, Pod]>([
    ['there is none', syncContext({}), pod('p')],
    ["the tenant's is headless", syncContext({ virtual: [kubeDns({ clusterIP: 'None' })] }), pod('p')],
    ['it does not use it', running(syncContext({})), pod('p', { dnsPolicy: 'Default' })],
    ['it is there', running(syncContext({ host: [onHost({ clusterIP: '10.0.0.10' })] })), pod('p')],
  ])('waits for nothing if %s', (_, context, waiting) => {
    expect(() => requireClusterDns(waiting, context)).not.toThrow();
  });

  it('that waits is looked at when cluster DNS gets its address, and no other', () => {
    const started = { kind: 'Pod', metadata: { name: translator.hostName('Pod', 'shop', 'b'), namespace: 'team' } };
    const context = syncContext({ virtual: [pod('a'), pod('b')], host: [started] });
    expect(whenDnsIsThere.keys(onHost({ clusterIP: '10.0.0.10' }), context)).toEqual(['shop/a']);
    expect(whenDnsIsThere.keys({ metadata: { name: 'web' } }, context)).toEqual([]);
  });
});
