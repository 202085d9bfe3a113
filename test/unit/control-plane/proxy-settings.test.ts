import { expect, test } from 'vitest';
import { proxySettings } from '../../../src/control-plane/proxy-settings.ts';

const none = { httpProxy: '', httpsProxy: '', noProxy: '' };

test.each([
  [{}, none],
  [{ HTTPS_PROXY: 'http://proxy:3128' }, { ...none, httpsProxy: 'http://proxy:3128' }],
  [
    { HTTP_PROXY: 'a', https_proxy: 'b:1' },
    { ...none, httpProxy: 'http://a', httpsProxy: 'http://b:1' },
  ],
  [
    { https_proxy: 'http://low', HTTPS_PROXY: 'http://up' },
    { ...none, httpsProxy: 'http://low' },
  ],
  [
    { https_proxy: '', HTTPS_PROXY: 'http://up' },
    { ...none, httpsProxy: 'http://up' },
  ],
  [{ NO_PROXY: 'a, .b' }, { ...none, noProxy: 'a, .b' }],
])('the environment %j names the proxies %j', (env, settings) => {
  expect(proxySettings(env)).toEqual(settings);
});
