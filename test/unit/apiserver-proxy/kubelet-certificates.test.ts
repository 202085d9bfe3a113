import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { perNode, servingRequest } from '../../../src/apiserver-proxy/kubelet-certificates.ts';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import type { Node } from '../../../src/kube/types.ts';
import { node } from '../../support/served-kubelet.ts';

const dayMs = 24 * 60 * 60 * 1000;

async function issuing() {
  const authority = await createAuthority('k3v-ca');
  const state = { issued: 0, now: Date.now(), fails: false };
  const certificateOf = perNode({
    issue: async (request) => {
      if (state.fails) throw new Error('no');
      state.issued += 1;
      return await authority.issue(request, new Date(state.now));
    },
    build: ({ certPem }) => new X509Certificate(certPem),
    now: () => state.now,
  });
  return { state, certificateOf };
}

describe('the serving certificate of a node', () => {
  it('has its name and addresses, sorted by kind', () => {
    expect(
      servingRequest({
        metadata: { name: 'node-1' },
        status: {
          addresses: [
            { type: 'InternalIP', address: '10.0.0.7' },
            { type: 'InternalIP', address: 'fd00::7' },
            { type: 'Hostname', address: 'node-1' },
            { type: 'ExternalDNS', address: 'node-1.example.org' },
            { type: 'ExternalIP', address: '' },
          ],
        },
      }),
    ).toMatchObject({
      commonName: 'system:node:node-1',
      dnsNames: ['node-1', 'node-1.example.org'],
      ipAddresses: ['10.0.0.7', 'fd00::7'],
    });
  });

  it('is issued once, also for many at the same time', async () => {
    const { state, certificateOf } = await issuing();
    const all = await Promise.all(Array.from({ length: 20 }, async () => await certificateOf(node)));
    expect(new Set(all).size).toBe(1);
    expect(await certificateOf(structuredClone(node))).toBe(all[0]);
    expect(state.issued).toBe(1);
  });

  it('is issued anew a day before it expires, once', async () => {
    const { state, certificateOf } = await issuing();
    const first = await certificateOf(node);
    state.now += 5 * dayMs;
    expect(await certificateOf(node)).toBe(first);
    state.now += 1.5 * dayMs;
    const all = await Promise.all(Array.from({ length: 20 }, async () => await certificateOf(node)));
    expect(new Set(all).size).toBe(1);
    expect(all[0]?.validToDate.getTime()).toBeGreaterThan(state.now + 6 * dayMs);
    expect(state.issued).toBe(2);
  });

  it('is another one when the addresses of the node change', async () => {
    const { certificateOf } = await issuing();
    const first = await certificateOf(node);
    const moved: Node = { ...node, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.9' }] } };
    expect((await certificateOf(moved)).subjectAltName).toContain('10.0.0.9');
    expect(await certificateOf(node)).toBe(first);
  });

  it('is tried again when it could not be issued', async () => {
    const { state, certificateOf } = await issuing();
    state.fails = true;
    await expect(certificateOf(node)).rejects.toThrow('no');
    state.fails = false;
    expect((await certificateOf(node)).subject).toContain('system:node:node-1');
  });

  it('is not kept for more nodes than are in use', async () => {
    const { state, certificateOf } = await issuing();
    const named = (name: string): Node => ({ metadata: { name } });
    await certificateOf(named('first'));
    for (let i = 0; i < 256; i += 1) await certificateOf(named(`node-${i}`));
    await certificateOf(named('first'));
    expect(state.issued).toBe(258);
  });
});
