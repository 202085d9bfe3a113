import { describe, expect, test } from 'vitest';
import { selects } from '../../../src/translate/label-selector.ts';
import { parseLabelSelector } from '../../../src/translate/parse-selector.ts';

const labels = { app: 'web', tier: 'front', 'example.com/weight': '7', empty: '' };

describe('the text form of a label selector', () => {
  test.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['! old', true],
    ['app=web', true],
    ['app == web', true],
    ['app=db', false],
    ['app!=db', true],
    ['old!=db', true],
    ['empty=', true],
    ['app=', false],
    ['app in (db, web)', true],
    ['app in (db,cache),tier=front', false],
    ['tier notin (back),app in (web),example.com/weight', true],
    ['app notin (web,db)', false],
    ['example.com/weight>6', true],
    ['example.com/weight>7', false],
    ['example.com/weight < 10', true],
    ['old>1', false],
  ])('%j selects as API servers do', (text, selected) => {
    const matchExpressions = parseLabelSelector(text);
    expect(matchExpressions).toBeDefined();
    expect(selects({ matchExpressions }, labels)).toBe(selected);
  });

  test.each(['=', 'app=web=db', 'app in', 'app in web', 'app in (web', ',', 'app,', 'app=a b', 'app>high', '!', '(a)'])(
    '%j is none',
    (text) => {
      expect(parseLabelSelector(text)).toBeUndefined();
    },
  );
});
