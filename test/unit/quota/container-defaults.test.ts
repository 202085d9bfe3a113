import { expect, it } from 'vitest';
import { containerDefaults, contradictionIn, parseDefaults } from '../../../src/quota/container-defaults.ts';
import { type Amounts, quantitiesOf } from '../../../src/quota/quota.ts';

const none = { requests: new Map(), limits: new Map() };
const amounts = (items: string[]): Amounts => {
  const parsed = parseDefaults(items);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed;
};
const defaultsFor = (names: string[], given: { requests?: string[]; limits?: string[] } = {}) => {
  const quota = new Map(names.map((name) => [name, 1]));
  const { requests = [], limits = [] } = given;
  const found = containerDefaults(quota, { requests: amounts(requests), limits: amounts(limits) });
  return found && { requests: quantitiesOf(found.requests), limits: quantitiesOf(found.limits) };
};

it('gives a request of each resource that a quota names, and a limit of those whose limits it names', () => {
  expect(defaultsFor(['cpu', 'limits.memory', 'pods'])).toEqual({
    requests: { cpu: '100m', memory: '128Mi' },
    limits: { memory: '512Mi' },
  });
});

it('gives nothing where no quota asks for it', () => {
  expect(defaultsFor(['pods', 'services'])).toBeUndefined();
  expect(containerDefaults(undefined, none)).toBeUndefined();
});

it('takes what is given, with a quota or without, and keeps requests and limits in order', () => {
  expect(defaultsFor(['limits.cpu'], { requests: ['cpu=2'] })).toEqual({
    requests: { cpu: '2' },
    limits: { cpu: '2' },
  });
  expect(defaultsFor([], { limits: ['memory=64Mi'] })).toEqual({
    requests: { memory: '64Mi' },
    limits: { memory: '64Mi' },
  });
});

it('knows no others than what a container can be given', () => {
  expect(parseDefaults(['pods=1'])).toMatchObject({ wrong: 'names "pods", which it cannot limit' });
});

it('finds what is requested above its limit', () => {
  expect(contradictionIn({ requests: amounts(['cpu=2']), limits: amounts(['cpu=1']) })).toBe('cpu');
  expect(contradictionIn({ requests: amounts(['cpu=1']), limits: amounts(['memory=1']) })).toBeUndefined();
});
