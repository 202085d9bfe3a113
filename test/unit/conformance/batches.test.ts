import { expect, it } from 'vitest';
import { batchesOf, focusOn } from '../../conformance/batches.ts';
import type { Spec } from '../../conformance/spec.ts';

function spec(name: string): Spec {
  return { name, sig: 'sig-node', serial: false };
}

it('fills batches in order', () => {
  const specs = [spec('a'), spec('b'), spec('c')];
  expect(batchesOf(specs, 2).map((those) => those.map(({ name }) => name).join(''))).toEqual(['ab', 'c']);
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
