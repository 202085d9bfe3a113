import { expect, it } from 'vitest';
import { toHostConfigMap } from '../../../../src/syncer/kinds/configmaps.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';

it('a ConfigMap crosses with its data, under its host name', () => {
  const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
  const content = { data: { k: 'v' }, binaryData: { b: 'AA==' }, immutable: true };
  const host = toHostConfigMap({ metadata: { name: 'web', namespace: 'shop', uid: 'u1' }, ...content }, translator);
  expect(host).toMatchObject({ kind: 'ConfigMap', ...content });
  expect(host.metadata).toMatchObject({ name: translator.hostName('ConfigMap', 'shop', 'web'), namespace: 'team' });
  expect(translator.ownerOf(host, 'ConfigMap')).toEqual({
    kind: 'ConfigMap',
    namespace: 'shop',
    name: 'web',
    uid: 'u1',
  });
});
