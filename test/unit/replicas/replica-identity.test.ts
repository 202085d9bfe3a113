import { describe, expect, it } from 'vitest';
import { replicaIdentity } from '../../../src/replicas/replica-identity.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';

const here = { hostname: 'node1', dataDir: '/var/lib/k3v' };

describe('the name of a replica', () => {
  it('is the same after a restart', async () => {
    const store = createMemoryStore();
    const first = await replicaIdentity(store, here);
    expect(first).toMatch(/^node1-[0-9a-f]{8}$/);
    expect(await replicaIdentity(store, here)).toBe(first);
  });

  it.each([
    { ...here, hostname: 'node2' },
    { ...here, dataDir: '/var/lib/copy' },
  ])('is another one where its data directory was copied to: %j', async (there) => {
    const store = createMemoryStore();
    const first = await replicaIdentity(store, here);
    expect(await replicaIdentity(store, there)).not.toBe(first);
  });

  it.each(['Node_1.example.COM', '_', '-a-', 'x'.repeat(200)])(
    'can be part of the name of an object: %s',
    async (hostname) => {
      expect(await replicaIdentity(createMemoryStore(), { ...here, hostname })).toMatch(
        /^[a-z0-9][a-z0-9-]{0,60}[0-9a-f]$/,
      );
    },
  );
});
