import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import puppeteer, { type Browser } from 'puppeteer-core';
import { fileExists } from '../../src/file-exists.ts';
import { cacheDir } from '../host/cache-dir.ts';

const root = join(import.meta.dirname, '../..');
const { platform, arch } = process;

/** Why no browser can run here, undefined if one can. */
export const browserUnavailable =
  platform === 'linux' && arch === 'x64' ? undefined : `its Chromium is for linux-x64, this is ${platform}-${arch}`;

/** Starts a headless Chromium with a profile of its own. The first start unpacks it into the cache. */
export async function startBrowser(): Promise<Browser> {
  const folder = await unpackedChromium();
  return await puppeteer.launch({
    executablePath: join(folder, 'chromium'),
    headless: 'shell',
    // Root has no sandbox, and containers of CI run as root.
    args: ['--no-sandbox', '--disable-gpu'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      // What a page takes for the user's language comes from here: that of `POSIX` is none.
      LC_ALL: 'en_US.UTF-8',
    },
  });
}

async function unpackedChromium(): Promise<string> {
  const manifest = await readFile(join(root, 'node_modules/@sparticuz/chromium/package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(manifest);
  const parent = join(cacheDir(), 'chromium');
  const folder = join(parent, version);
  if (await fileExists(join(folder, 'fonts.conf'))) return folder;
  await mkdir(parent, { recursive: true });
  const staging = await mkdtemp(join(parent, 'new-'));
  try {
    const script = join(root, 'test/fixtures/unpack-chromium.mjs');
    await execa(process.execPath, [script], { env: { TMPDIR: staging } });
    await writeFile(join(staging, 'fonts.conf'), fontsConfig(folder));
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}

/** The machine's fonts, and those of the package where there are none. */
function fontsConfig(folder: string): string {
  const folders = ['/usr/share/fonts', join(folder, 'fonts')].map((each) => `<dir>${each}</dir>`);
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>${folders.join('')}<cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>
`;
}
