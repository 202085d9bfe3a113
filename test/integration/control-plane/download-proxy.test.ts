import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import { downloadText } from '../../../src/control-plane/download.ts';
import { proxySettings } from '../../../src/control-plane/proxy-settings.ts';
import { type RecordingProxy, startRecordingProxy } from '../../support/recording-proxy.ts';
import { type ReleaseServer, startReleaseServer } from '../../support/release-server.ts';

const forever = new AbortController().signal;
const trusted = tls.getCACertificates();

let proxy: RecordingProxy;
let plain: ReleaseServer;
let port: number;
const secure = createServer((_request, response) => response.end('over TLS'));

beforeAll(async () => {
  const authority = await createAuthority('test');
  const { certPem, keyPem } = await authority.issue({
    commonName: 'releases',
    dnsNames: ['releases.test'],
    days: 1,
    usages: ['server'],
  });
  tls.setDefaultCACertificates([...trusted, authority.certPem]);
  secure.setSecureContext({ cert: certPem, key: keyPem });
  await new Promise<void>((resolve) => void secure.listen(0, '127.0.0.1', resolve));
  port = (secure.address() as AddressInfo).port;
});
afterAll(() => {
  tls.setDefaultCACertificates(trusted);
  secure.close();
});
beforeEach(async () => {
  proxy = await startRecordingProxy();
  plain = await startReleaseServer();
  plain.files.set('/sums', { body: Buffer.from('sums') });
});
afterEach(async () => {
  await proxy.close();
  await plain.close();
});

async function download(url: string, env: Record<string, string>): Promise<string> {
  return await downloadText({ url, limitBytes: 1000, proxy: proxySettings(env) }, forever);
}

describe('a download', () => {
  test('from an https address goes through a tunnel of HTTPS_PROXY, which sees nothing of it', async () => {
    // Only the proxy knows this name.
    expect(await download(`https://releases.test:${port}/sums`, { HTTPS_PROXY: proxy.url })).toBe('over TLS');
    expect(proxy.requests).toEqual([`CONNECT releases.test:${port}`]);
  });

  test('from an http address goes through HTTP_PROXY', async () => {
    expect(await download(`${plain.url}/sums`, { HTTP_PROXY: proxy.url })).toBe('sums');
    expect(proxy.requests).toEqual([`GET ${plain.url}/sums`]);
  });

  test('from a host in NO_PROXY is asked for directly', async () => {
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: 'example.com, 127.0.0.1' };
    expect(await download(`${plain.url}/sums`, env)).toBe('sums');
    expect(proxy.requests).toEqual([]);
  });

  test('does without a proxy where none is named', async () => {
    expect(await download(`${plain.url}/sums`, {})).toBe('sums');
    expect(proxy.requests).toEqual([]);
  });

  test.each(['http://127.0.0.1:1', 'gopher://proxy', 'http://['])(
    'fails with one clear error when the proxy is %s',
    async (url) => {
      await expect(download(`https://releases.test:${port}/sums`, { HTTPS_PROXY: url })).rejects.toMatchObject({
        code: 'DOWNLOAD_FAILED',
        message: expect.stringContaining('https://releases.test'),
      });
    },
  );
});
