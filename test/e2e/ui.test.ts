import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Namespace, type Pod, resources } from '../../src/kube/types.ts';
import { browserUnavailable, startBrowser } from '../support/browser.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';

const root = join(import.meta.dirname, '../..');
/** Where a person looks at the page after a change. */
const pictures = join(root, 'dist/ui');
const image = 'registry.k8s.io/e2e-test-images/agnhost:2.55';
const patient = { timeoutMs: 60_000, everyMs: 200 };

let cluster: EmbeddedCluster;
let ui: ChildProcess;
let url: URL;

async function createPod(namespace: string, name: string, spec: Partial<Pod['spec']> = {}): Promise<void> {
  await cluster.virtual.create<Pod>(resources.pods, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image }], ...spec },
  });
}

beforeAll(async () => {
  if (browserUnavailable !== undefined) return;
  cluster = await startEmbeddedCluster(27_560);
  for (const name of ['shop', 'bank']) {
    await cluster.virtual.create<Namespace>(resources.namespaces, { metadata: { name } });
    const account = { resource: resources.serviceAccounts, namespace: name, name: 'default' };
    await eventually(async () => await cluster.virtual.get(account), patient);
  }
  await createPod('shop', 'before');
  await createPod('shop', 'gpu', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] });
  // So that the page finds nothing under way.
  const before = { resource: resources.pods, namespace: 'shop', name: 'before' };
  await eventually(async () => {
    const { status } = await cluster.virtual.get<Pod>(before);
    if (status?.phase !== 'Running') throw new Error('not running yet');
  }, patient);
  const [, kubeconfig = ''] = cluster.args;
  ui = spawn(process.execPath, [join(root, 'bin/k3v'), 'ui', '--kubeconfig', kubeconfig], {
    cwd: cluster.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!ui.stdout) throw new Error('no output');
  const [address]: Buffer[] = await once(ui.stdout, 'data');
  url = new URL(String(address).trim());
});

afterAll(async () => {
  ui?.kill('SIGTERM');
  await cluster?.stop();
});

const reason = browserUnavailable === undefined ? '' : ` (not here: ${browserUnavailable})`;
describe.skipIf(browserUnavailable !== undefined)(`the page of k3v ui, in Chromium${reason}`, () => {
  let browser: Browser;
  let page: Page;
  /** What the browser complained about, and what it asked of others. */
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    page = await open(url.href, { width: 1280, height: 900 });
    await page.waitForSelector('[data-pod="shop/before"] .mark[aria-label="in sync"]', { timeout: 60_000 });
  });

  afterAll(async () => await browser?.close());

  async function open(address: string, viewport: { width: number; height: number }): Promise<Page> {
    const opened = await browser.newPage();
    opened.on('console', (message) => void complaints.push(`${message.type()}: ${message.text()}`));
    opened.on('pageerror', (error) => void complaints.push(String(error)));
    opened.on('request', (request) => {
      if (!request.url().startsWith(`${url.origin}/`)) complaints.push(`asked for ${request.url()}`);
    });
    await opened.setViewport(viewport);
    await opened.goto(address);
    return opened;
  }

  /** The texts of the cells of a pod's row. */
  const row = async (key: string): Promise<string[]> =>
    (await page.evaluate(
      `[...document.querySelectorAll('[data-pod="${key}"] > *')].map((cell) => cell.innerText)`,
    )) as string[];
  const textOf = async (selector: string): Promise<string> =>
    String(await page.evaluate(`document.querySelector('${selector}')?.innerText ?? ''`));
  const hostName = (namespace: string, name: string) => cluster.translator.hostName('Pod', namespace, name);

  it('shows a pod and its host pod side by side', async () => {
    const twin = { resource: resources.pods, namespace: 'team', name: hostName('shop', 'before') };
    const { spec } = await cluster.host.get<Pod>(twin);
    await eventually(async () => {
      const [name, state, ready, hostPod, hostState, node] = await row('shop/before');
      expect(name).toContain('shop/before');
      expect([state, ready, hostPod, hostState, node]).toEqual([
        'Running',
        '1/1',
        twin.name,
        'Running',
        spec?.nodeName,
      ]);
    }, patient);
  });

  it('says of a pod that is refused why, beside the pod and among what is refused', async () => {
    const why = 'NotSupported: k3v cannot give pods spec.resourceClaims yet';
    await eventually(async () => {
      expect((await row('shop/gpu'))[3]).toBe(why);
      expect(await textOf('.problems li')).toContain('refused');
      expect(await textOf('.problems li')).toContain('shop/gpu');
      expect(await textOf('.problems li')).toContain(why);
    }, patient);
    expect(await textOf('.tile.bad')).toContain('Refused');
  });

  it('follows what happens, and measures how long it took', async () => {
    expect(await textOf('.chart')).toContain('Nothing was carried across yet');
    for (const name of ['one', 'two', 'three']) await createPod('bank', name);
    for (const name of ['one', 'two', 'three']) {
      await eventually(async () => {
        const cells = await row(`bank/${name}`);
        expect([cells[1], cells[3], cells[4]]).toEqual(['Running', hostName('bank', name), 'Running']);
      }, patient);
    }
    await eventually(async () => {
      const table = await textOf('.latency tbody');
      // A watch that lags behind the other leaves some out.
      expect(table).toMatch(/New pod to host\s+[1-3]\s+[\d.]+ m?s/);
      expect(table).toMatch(/Status to virtual\s+[1-9]\d*\s+[\d.]+ m?s/);
      expect(await drawnPixels()).toBeGreaterThan(20);
    }, patient);
    const ended = { resource: resources.pods, namespace: 'bank', name: 'two' };
    await cluster.virtual.delete(ended, { gracePeriodSeconds: 0 });
    await eventually(async () => expect(await row('bank/two')).toEqual([]), patient);
  });

  /** Of the chart, those in the colour of one of its series. */
  async function drawnPixels(): Promise<number> {
    const script = `(() => {
      const canvas = document.querySelector('.chart canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] === 13 && data[i + 1] === 148 && data[i + 2] === 136) count += 1;
      return count;
    })()`;
    return Number(await page.evaluate(script));
  }

  it('finds pods by words, and those that are not in sync', async () => {
    const keys = async () =>
      await page.evaluate(`[...document.querySelectorAll('[data-pod]')].map((each) => each.dataset.pod)`);
    await page.type('input[type=search]', 'bank running');
    await eventually(async () => expect(await keys()).toEqual(['bank/one', 'bank/three']), patient);
    expect(await textOf('.pods .count')).toMatch(/^2 of \d pods$/);
    await page.evaluate(`(() => {
      const input = document.querySelector('input[type=search]');
      input.value = '';
      input.dispatchEvent(new Event('input'));
    })()`);
    await page.click('.check input');
    await eventually(async () => expect(await keys()).toEqual(['shop/gpu']), patient);
    await page.click('.check input');
    await eventually(async () => expect(await keys()).toHaveLength(4), patient);
  });

  it('counts each kind as k3v status does', async () => {
    await eventually(async () => expect(await textOf('.kinds tbody')).toMatch(/^pods\s+4\s+3\s+3\s+0\s+1$/m), patient);
    expect(await textOf('header')).toContain('kubernetes v1.36');
    expect(await page.title()).toBe('k3v default: 1 refused');
  });

  it('takes the token out of the address, and a reload still has it', async () => {
    expect(page.url()).toBe(`${url.origin}/`);
    await page.reload();
    await page.waitForSelector('[data-pod="shop/before"]', { timeout: 60_000 });
  });

  /** By the rules of WCAG that a program can check, contrast among them. */
  async function checkAccess(): Promise<AxeResults> {
    await page.evaluate(axe.source);
    return (await page.evaluate('axe.run()')) as AxeResults;
  }

  it.each([
    ['light', 1280, 900],
    ['dark', 1280, 900],
    ['light', 375, 812],
  ])('fits a screen and can be read, %s and %d wide', async (scheme, width, height) => {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const ground = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    expect(ground).toBe(scheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(244, 246, 249)');
    const { violations } = await checkAccess();
    expect(violations).toEqual([]);
    await mkdir(pictures, { recursive: true });
    const picture = await page.screenshot({ path: join(pictures, `${scheme}-${width}.png`), fullPage: true });
    expect(picture.byteLength).toBeGreaterThan(20_000);
  });

  it('has complained about nothing, and asked nobody else', () => expect(complaints).toEqual([]));

  it('without the token says what to do, and shows nothing', async () => {
    const context = await browser.createBrowserContext();
    const stranger = await context.newPage();
    await stranger.goto(url.origin);
    await stranger.waitForFunction(
      `document.body.innerText.includes('Open the whole address that k3v ui has printed')`,
    );
    expect(await stranger.evaluate('document.body.innerText')).not.toContain('shop');
    await context.close();
  });

  it('says when k3v has ended, and when it is back', async () => {
    await cluster.restart(async () => {
      await page.waitForFunction(`document.body.innerText.includes('k3v does not run on this data directory')`);
      expect(await row('shop/before')).not.toEqual([]);
    });
    await eventually(async () => expect(await textOf('header .pill')).toMatch(/^up for/), patient);
  });

  it('ends with code 0 when it is interrupted', async () => {
    const ended = once(ui, 'exit');
    ui.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await page.waitForFunction(`document.body.innerText.includes('k3v ui does not answer')`);
  });
});
