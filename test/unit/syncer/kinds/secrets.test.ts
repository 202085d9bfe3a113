import { expect, it } from 'vitest';
import { toHostSecret } from '../../../../src/syncer/kinds/secrets.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });

it.each([
  ['Opaque', 'Opaque'],
  ['kubernetes.io/tls', 'kubernetes.io/tls'],
  ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockerconfigjson'],
  ['kubernetes.io/service-account-token', 'Opaque'],
  ['bootstrap.kubernetes.io/token', 'Opaque'],
])('a Secret of type %s is %s on the host', (type, expected) => {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u1' };
  const host = toHostSecret({ metadata, type, data: { k: 'dg==' }, immutable: true }, translator);
  expect(host).toMatchObject({ type: expected, data: { k: 'dg==' }, immutable: true });
  expect(host.metadata.name).toBe(translator.hostName('Secret', 'shop', 'web'));
});
