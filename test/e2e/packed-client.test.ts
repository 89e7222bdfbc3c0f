import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltGateway, startGateway, temporaryFolder } from '../support/gateway/built-gateway.js';
import { launchChromium } from '../support/gateway/chromium.js';
import { appWithClient, serveFolder } from '../support/gateway/packed-client.js';
import { fenced, ROOT, section, textOf } from '../support/markdown.js';

const TIMEOUT_MS = 120_000;
/** What `/sdk.js` may be for a page that waits for its first list. */
const SCRIPT_GZIP_BYTES_MAX = 8 * 1024;

let browser: Browser;
let gateway: BuiltGateway;
let shop: { server: Server; origin: string; use: (folder: string) => void };

beforeAll(async () => {
  shop = await serveFolder();
  [browser, gateway] = await Promise.all([
    launchChromium(),
    startGateway({ env: { AFTERCLICK_ORIGINS: shop.origin } }),
  ]);
}, TIMEOUT_MS);
afterAll(async () => {
  shop.server.close();
  await browser?.close();
  await gateway?.stop();
});

interface Script {
  readonly path: string;
  readonly immutable: string;
  readonly integrity: string;
  readonly gzipBytes: number;
}

async function scripts(): Promise<readonly Script[]> {
  const reply = await fetch(new URL('/v1/sdk', gateway.url));
  return ((await reply.json()) as { scripts: Script[] }).scripts;
}

/** A page of the shop's origin; what goes wrong on it fails the test. */
async function open(folder: string): Promise<Page> {
  shop.use(folder);
  const page = await browser.newPage();
  page.on('pageerror', (error) => expect.soft(error.message).toBe(''));
  await page.goto(shop.origin);
  return page;
}

/** The items that a page shows. */
function shown(page: Page): Promise<string[]> {
  return page.locator('li').allTextContents();
}

/** Clicks until the list is another one. */
async function clickChanges(page: Page): Promise<void> {
  await expect.poll(() => shown(page), { timeout: 20_000 }).toHaveLength(6);
  const before = await shown(page);
  await page.locator('li').nth(3).click();
  await expect.poll(() => shown(page), { timeout: 20_000 }).not.toEqual(before);
}

/** Clicks the button of a tile with title and price until the list, of `count` of them, is another one. */
async function buttonChanges(page: Page, count: number): Promise<void> {
  await expect.poll(() => shown(page), { timeout: 20_000 }).toHaveLength(count);
  const before = await shown(page);
  expect(before.every((text) => /^[^£]{3,} £\d+/.test(text))).toBe(true);
  await page.locator('li button').nth(3).click();
  await expect.poll(() => shown(page), { timeout: 20_000 }).not.toEqual(before);
}

describe('/sdk.js', () => {
  test('is small, packed, kept by what is in it and not sent again', async () => {
    const script = (await scripts()).find(({ path }) => path === '/sdk.js')!;
    expect(script.gzipBytes).toBeLessThanOrEqual(SCRIPT_GZIP_BYTES_MAX);
    const first = await fetch(gateway.url + script.path);
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(gzipSync(await first.text(), { level: 9 }).length).toBeLessThanOrEqual(SCRIPT_GZIP_BYTES_MAX);
    const again = await fetch(gateway.url + script.path, {
      headers: { 'if-none-match': first.headers.get('etag')! },
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const kept = await fetch(gateway.url + script.immutable);
    expect(kept.headers.get('cache-control')).toContain('immutable');
  });

  test(
    'with its integrity, and the element, show a list on a page of another origin',
    { timeout: TIMEOUT_MS },
    async () => {
      const listed = await scripts();
      // In this order, as docs/SDK.md has it, the element begins before the page has come to its template.
      const tags = ['/sdk.js', '/sdk-list.js'].map((path) => {
        const { immutable, integrity } = listed.find((script) => script.path === path)!;
        return `<script src="${gateway.url}${immutable}" integrity="${integrity}" crossorigin></script>`;
      });
      const page = await open(
        appWithClient({
          'index.html': `<!doctype html>${tags.join('')}
          <afterclick-list gateway="${gateway.url}" slot-name="home" k="6">
            <template><b data-text="id"></b> <i data-text="title"></i></template></afterclick-list>`,
        }),
      );
      await clickChanges(page);
      expect(await page.locator('li b').count()).toBe(6);
      expect((await page.locator('li i').allTextContents()).filter((title) => title !== '')).toHaveLength(6);
      const asked = page.evaluate((url) => {
        const { Afterclick } = globalThis as unknown as {
          Afterclick: typeof import('../../gateway/client/index.js');
        };
        return Afterclick.sharedClient(url).recommend({ k: 3 });
      }, gateway.url);
      expect((await asked).ids).toHaveLength(3);
      await page.close();
    },
  );
});

test('the page of the README has a list, and a click on it changes it', { timeout: TIMEOUT_MS }, async () => {
  const [html] = fenced(section(textOf('README.md'), '## Or from a page'), 'html');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'index.html'), html.replaceAll('http://127.0.0.1:8080', gateway.url));
  const page = await open(folder);
  await buttonChanges(page, 8);
  await page.close();
});

describe('the package', () => {
  test('is imported by a page without a bundler', { timeout: TIMEOUT_MS }, async () => {
    const at = '/node_modules/@afterclick/client/client/';
    const page = await open(
      appWithClient({
        'index.html': `<!doctype html><ol></ol>
          <script type="importmap">{"imports": {"@afterclick/client": "${at}index.js"}}</script>
          <script type="module">
            import { AfterclickClient } from '@afterclick/client';
            const client = new AfterclickClient({ url: '${gateway.url}', slots: [{ slot: 'home', k: 6 }], remember: false });
            client.on('list', ({ ids, slot, rev }) =>
              document.querySelector('ol').replaceChildren(...ids.map((item) => {
                const tile = document.createElement('li');
                tile.textContent = item;
                tile.onclick = () => client.track('view_item', { item, slot, list: rev });
                return tile;
              })));
          </script>`,
      }),
    );
    await clickChanges(page);
    await page.close();
  });

  test('is built into a React app by Vite, as docs/SDK.md shows it', { timeout: TIMEOUT_MS }, async () => {
    const [app] = fenced(textOf('docs/SDK.md'), 'jsx');
    const folder = appWithClient({
      'index.html': '<!doctype html><div id="app"></div><script type="module" src="/main.jsx"></script>',
      'App.jsx': app.replace('http://127.0.0.1:8080', gateway.url),
      'main.jsx': `import { createRoot } from 'react-dom/client';
        import App from './App.jsx';
        createRoot(document.getElementById('app')).render(<App />);`,
    });
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    await promisify(execFile)(process.execPath, [vite, 'build', folder, '--logLevel', 'error'], {
      cwd: folder,
    });
    const page = await open(join(folder, 'dist'));
    await buttonChanges(page, 6);
    await page.close();
  });

  test(
    'is imported and constructed on a server, where it opens nothing',
    { timeout: TIMEOUT_MS },
    async () => {
      const folder = appWithClient({
        'page.mjs': `import { createElement } from 'react';
        import { renderToString } from 'react-dom/server';
        import { AfterclickClient } from '@afterclick/client';
        import { AfterclickProvider, useList } from '@afterclick/client/react';
        import '@afterclick/client/element';
        const client = new AfterclickClient({ url: '${gateway.url}', slots: [{ slot: 'home' }], remember: true });
        const Shelf = () => createElement('ol', {}, useList({ slot: 'home' })?.ids.length ?? 'none yet');
        const html = renderToString(createElement(AfterclickProvider, { client }, createElement(Shelf)));
        console.log(JSON.stringify([html, client.state.name, client.track('view_item', { item: 'a' }).status]));`,
      });
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'page.mjs')], {
        timeout: 20_000,
      });
      expect(JSON.parse(stdout)).toEqual(['<ol>none yet</ol>', 'closed', 'refused']);
    },
  );
});
