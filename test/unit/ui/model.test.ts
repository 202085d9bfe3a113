import { describe, expect, it } from 'vitest';
import { keptMs, type PageUpdate, type PodRow } from '../../../src/ui/page-data.ts';
import { emptyModel, shownPods, summaryOf, titleOf, updated } from '../../../src/ui/page/model.ts';
import { ageOf, counted, durationOf, toneOf } from '../../../src/ui/page/words.ts';

const side = (state = 'Running', ready = '1/1') => ({ state, ready, restarts: 0, node: 'n1', createdAt: '' });
const pod = (name: string, rest: Partial<PodRow>): PodRow => ({ namespace: 'shop', name, ...rest });
const failing = (key: string, isRefused: boolean, message: string, reason?: string) => ({
  key,
  isRefused,
  message,
  ...(reason ? { reason } : {}),
});
const cluster = {
  id: 'default',
  version: '',
  distro: '',
  datastore: '',
  startedAt: '',
  host: { server: '', version: '', namespace: 'team', simulated: false },
  leads: true,
  forbidden: [],
  kinds: ['services', 'pods'].map((plural) => ({
    plural,
    virtual: 0,
    host: 0,
    inSync: 0,
    pending: 0,
    refused: 0,
    failing:
      plural === 'pods'
        ? [failing('shop/gpu', true, 'no claims', 'NotSupported'), failing('shop/late', false, 'no room yet')]
        : [failing('shop/web', true, 'of another kind')],
  })),
};
const update: PageUpdate = {
  all: true,
  cluster,
  running: true,
  pods: {
    'shop/web': pod('web', { virtual: side(), host: { name: 'web-x', ...side() } }),
    'shop/gpu': pod('gpu', { virtual: side('Pending', '0/1') }),
    'shop/late': pod('late', { virtual: side('Pending', '0/1') }),
    'shop/behind': pod('behind', { virtual: side('Pending', '0/1'), host: { name: 'behind-x', ...side() } }),
    'shop/gone': pod('gone', { host: { name: 'gone-x', ...side() } }),
  },
};

describe('the pods of the page', () => {
  it('are in sync, pending, refused or left, and say why', () => {
    const shown = shownPods(updated(emptyModel, update)).map(({ name, standing, why }) => [name, standing, why]);
    expect(shown).toEqual([
      ['behind', 'pending', undefined],
      ['gone', 'left', undefined],
      ['gpu', 'refused', 'NotSupported: no claims'],
      ['late', 'pending', 'no room yet'],
      ['web', 'in sync', undefined],
    ]);
  });

  it('come and go with news, and all others stay', () => {
    const before = updated(emptyModel, update);
    const after = updated(before, { pods: { 'shop/gone': null, 'shop/new': pod('new', { virtual: side() }) } });
    expect([...after.pods.keys()].toSorted()).toEqual(['shop/behind', 'shop/gpu', 'shop/late', 'shop/new', 'shop/web']);
    expect(after).toMatchObject({ cluster, running: true });
    expect(before.pods.has('shop/gone')).toBe(true);
  });

  it('are forgotten where the server begins anew', () => {
    expect(updated(updated(emptyModel, update), { all: true, running: false, pods: {} })).toEqual(emptyModel);
  });
});

it('the title says which virtual cluster it is, and what is refused', () => {
  const kinds = cluster.kinds.map((kind) => ({ ...kind, refused: 1 }));
  expect(titleOf(emptyModel)).toBe('k3v');
  expect(titleOf(updated(emptyModel, { cluster }))).toBe('k3v default');
  expect(titleOf(updated(emptyModel, { cluster: { ...cluster, kinds } }))).toBe('k3v default: 2 refused');
});

it('old samples go', () => {
  const first = updated(emptyModel, { samples: [{ way: 'toHost', at: 1_000, ms: 1 }] }, 2_000);
  expect(first.samples).toHaveLength(1);
  expect(updated(first, {}, 1_001 + keptMs).samples).toEqual([]);
});

describe('a summary', () => {
  const samples = Array.from({ length: 100 }, (_, index) => ({ way: 'toHost' as const, at: 0, ms: 100 - index }));

  it('has the median, what 95 % are below, and the longest, of one way', () => {
    const other = { way: 'toVirtual' as const, at: 0, ms: 9_000 };
    expect(summaryOf([...samples, other], 'toHost')).toEqual({ count: 100, median: 50, p95: 95, longest: 100 });
  });

  it('of a single sample is that sample, of none there is none', () => {
    expect(summaryOf(samples.slice(0, 1), 'toHost')).toEqual({ count: 1, median: 100, p95: 100, longest: 100 });
    expect(summaryOf(samples, 'toVirtual')).toBeUndefined();
  });
});

it.each([
  [0, '0s'],
  [59, '59s'],
  [97, '1m37s'],
  [600, '10m'],
  [3 * 3_600 + 12 * 60 + 5, '3h12m'],
  [26 * 3_600, '1d2h'],
  [40 * 86_400 + 3_600, '40d'],
])('%d seconds ago is %s', (seconds, shown) => {
  const since = Date.parse('2026-01-01T00:00:00Z');
  expect(ageOf('2026-01-01T00:00:00Z', since + seconds * 1_000)).toBe(shown);
});

it.each([
  [0.44, '0.4 ms'],
  [38.4, '38 ms'],
  [1_240, '1.2 s'],
  [90_000, '1m30s'],
])('%d milliseconds are %s', (ms, shown) => expect(durationOf(ms)).toBe(shown));

it.each([
  ['Running', 'good'],
  ['Completed', 'quiet'],
  ['ContainerCreating', 'busy'],
  ['Init:1/2', 'busy'],
  ['Init:Error', 'bad'],
  ['CrashLoopBackOff', 'bad'],
])('%s is %s', (state, tone) => expect(toneOf(state)).toBe(tone));

it('counts as people do', () => {
  expect([counted(1, 'pod'), counted(0, 'pod'), counted(1_200, 'pod')]).toEqual(['1 pod', '0 pods', '1,200 pods']);
});
