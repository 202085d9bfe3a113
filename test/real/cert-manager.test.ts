import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accounts, archiveOf } from '../host/images.ts';
import { startRealHost } from '../host/real-host.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import { playOnHost } from '../support/guide-on-host.ts';

/** Has cert-manager.yaml of a release, and the programs of its three images: too much to build in every run. */
const folder = process.env['K3V_CERT_MANAGER'];
const unavailable =
  folder === undefined
    ? 'only with K3V_CERT_MANAGER=<folder of cert-manager.yaml, controller, cainjector, webhook>'
    : await realHostUnavailable();
const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;

describe.skipIf(unavailable !== undefined)(`cert-manager itself${reason}`, () => {
  it('goes as docs/cert-manager.md says; K3V_WRITE_GUIDES=1 writes there what was said', async () => {
    const inFolder = (name: string) => join(folder ?? '', name);
    const manifest = inFolder('cert-manager.yaml');
    const [, version] = /cert-manager-controller:(v[\d.]+)/.exec(await readFile(manifest, 'utf8')) ?? [];
    const images = ['controller', 'cainjector', 'webhook'].map((name) => ({
      names: [`quay.io/jetstack/cert-manager-${name}:${version}`],
      entrypoint: [`/${name}`],
      user: '1000',
      entries: [...accounts, { path: name, file: inFolder(name) }],
    }));
    const startHost = async () =>
      await startRealHost({
        name: 'test',
        moreImages: async (_, archives) => await Promise.all(images.map((image) => archiveOf(image, archives))),
      });
    const page = 'docs/cert-manager.md';
    expect(await playOnHost({ page, files: [manifest], port: '27598', startHost })).toEqual([]);
  }, 900_000);
});
