import type { KubeObject } from './types.ts';

/** Whether `object` has the labels that `selector` asks for: terms `key`, `key=value` and `key!=value`, separated by commas; no selector takes all. */
export function isSelected({ metadata: { labels } }: KubeObject, selector: string | undefined): boolean {
  return (selector ?? '')
    .split(',')
    .filter(Boolean)
    .every((term) => {
      const [, key, sign, value] = /^([^=!]+)(!?=)(.*)$/.exec(term) ?? [];
      if (key === undefined) return labels?.[term] !== undefined;
      return (labels?.[key] === value) === (sign === '=');
    });
}
