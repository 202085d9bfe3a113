import { expect, it } from 'vitest';
import { allEntries } from '../../../src/snapshot/snapshot-state.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { loadFutileWrites } from '../../../src/syncer/futile-writes.ts';

const object = 'host/services/team/web/';
const patch = { spec: { ports: [] } };

it('a write without effect is not tried again, also after a restart, unless the object was made again under its name', async () => {
  const store = createMemoryStore();
  const first = await loadFutileWrites(store);
  expect(first.has(object, 'u1', patch)).toBe(false);
  await first.record(object, 'u1', patch);
  const second = await loadFutileWrites(store);
  for (const futile of [first, second]) {
    expect(futile.has(object, 'u1', patch)).toBe(true);
    expect(futile.has(object, 'u1', { spec: {} })).toBe(false);
    expect(futile.has(object, 'u2', patch)).toBe(false);
  }
});

it('the record of an object goes with it', async () => {
  const store = createMemoryStore();
  const futile = await loadFutileWrites(store);
  await futile.record(object, 'u1', patch);
  await futile.record(object, 'u1', undefined);
  expect(await allEntries(store)).toEqual([]);
  expect(futile.has(object, 'u1', patch)).toBe(false);
});
