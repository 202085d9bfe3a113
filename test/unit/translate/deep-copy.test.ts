import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepCopy } from '../../../src/translate/deep-copy.ts';

describe('deepCopy', () => {
  it('is what JSON says of it, field by field in the same order', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(deepCopy(value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('shares nothing with what it copies', () => {
    const spec = { containers: [{ name: 'main', ports: [{ containerPort: 80 }] }] };
    const copy = deepCopy(spec);
    copy.containers[0]?.ports.push({ containerPort: 81 });
    expect(spec.containers[0]?.ports).toEqual([{ containerPort: 80 }]);
  });

  it('keeps a field that a tenant calls __proto__', () => {
    const labels: unknown = JSON.parse('{"__proto__":"x","a":"b"}');
    expect(JSON.stringify(deepCopy(labels))).toBe('{"__proto__":"x","a":"b"}');
  });
});
