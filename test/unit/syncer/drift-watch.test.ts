import { beforeEach, expect, it } from 'vitest';
import { type DriftWatch, createDriftWatch } from '../../../src/syncer/drift-watch.ts';

const virtual = { metadata: { name: 'web', namespace: 'shop', uid: 'u1' } };
const wanted = (data: string) => ({ metadata: { name: 'web-shop' }, data: { a: data } });

let repairs: number;
let drift: DriftWatch;
beforeEach(() => {
  repairs = 0;
  drift = createDriftWatch(() => void (repairs += 1));
});

it('a write of what the host was asked for before puts back what others changed', () => {
  drift.asked(virtual, wanted('1'), true);
  drift.asked(virtual, wanted('1'), false);
  expect(repairs).toBe(0);
  drift.asked(virtual, wanted('1'), true);
  expect(repairs).toBe(1);
});

it('a write of something new is none, nor is the first one to another object of the name', () => {
  drift.asked(virtual, wanted('1'), true);
  drift.asked(virtual, wanted('2'), true);
  drift.asked({ metadata: { ...virtual.metadata, uid: 'u2' } }, wanted('2'), true);
  expect(repairs).toBe(0);
});

it('to make anew what k3v has deleted itself is none', () => {
  drift.asked(virtual, wanted('1'), true);
  drift.forget('u1');
  drift.asked(virtual, wanted('1'), true);
  expect(repairs).toBe(0);
});
