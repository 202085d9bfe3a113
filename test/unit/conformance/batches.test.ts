import { expect, it } from 'vitest';
import { batchesOf, focusOn } from '../../conformance/batches.ts';
import type { Spec } from '../../conformance/spec.ts';

function spec(name: string, serial = false): Spec {
  return { name, sig: 'sig-node', serial };
}

it('fills batches in order, and puts those that must be alone into batches of their own at the end', () => {
  const specs = [spec('a'), spec('b', true), spec('c'), spec('d'), spec('e', true)];
  const batches = batchesOf(specs, 2).map(({ specs: those, alone }) => [alone, those.map(({ name }) => name).join('')]);
  expect(batches).toEqual([
    [false, 'ac'],
    [false, 'd'],
    [true, 'be'],
  ]);
});

it('has no batch for no spec', () => {
  expect(batchesOf([], 8)).toEqual([]);
});

it('focuses on the very specs, whatever signs their names have', () => {
  const names = ['[sig-node] Pods should (be) a.b* {1}', '[sig-apps] CronJob $? a|b^'];
  const focus = new RegExp(focusOn(names.map((name) => spec(name))));
  for (const name of names) expect(`Kubernetes e2e suite ${name}`).toMatch(focus);
  expect(`Kubernetes e2e suite ${names[0]} and more`).not.toMatch(focus);
  expect('Kubernetes e2e suite [sig-node] Pods should (be) axb* {1}').not.toMatch(focus);
});
