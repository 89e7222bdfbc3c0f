import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type * as sdk from '../../gateway/client/index.js';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { launchChromium } from '../support/gateway/chromium.js';

const TIMEOUT_MS = 60_000;
const CLICKS = 20;

/** What a tab says of the clients it made. */
interface Told {
  readonly session: string | undefined;
  readonly seqs: readonly number[];
}
type PageWindow = Window & { Afterclick: typeof sdk; clients: sdk.AfterclickClient[] };

let browser: Browser;
let gateway: BuiltGateway;
let context: BrowserContext;

beforeAll(async () => {
  const bundle = await build({
    entryPoints: ['gateway/client/index.ts'],
    bundle: true,
    format: 'iife',
    globalName: 'Afterclick',
    write: false,
  });
  script = bundle.outputFiles[0].text;
  [browser, gateway] = await Promise.all([launchChromium(), startGateway()]);
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

let script = '';

/** Tabs with a page of the gateway's origin that has nothing but the SDK. */
const PATH = '/healthz';

async function openTab(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(gateway.url + PATH);
  await page.addScriptTag({ content: script });
  return page;
}

async function reload(page: Page): Promise<void> {
  await page.reload();
  await page.addScriptTag({ content: script });
}

/** A window that a page opens itself starts with a copy of its `sessionStorage`, as a duplicated tab does. */
async function duplicate(page: Page): Promise<Page> {
  const [copy] = await Promise.all([
    context.waitForEvent('page'),
    page.evaluate((path) => void open(path), PATH),
  ]);
  await copy.waitForLoadState();
  await copy.addScriptTag({ content: script });
  return copy;
}

/** Makes clients that click, and waits until all is on disk. */
function click(page: Page, storage: 'localStorage' | 'sessionStorage', clients: number): Promise<Told[]> {
  return page.evaluate(
    async ([name, count, clicks]) => {
      const page = globalThis as unknown as PageWindow;
      const storage = page[name];
      const url = page.location.origin;
      page.clients ??= Array.from(
        { length: count },
        () => new page.Afterclick.AfterclickClient({ url, storage, slots: [{ slot: 'home', k: 5 }] }),
      );
      return Promise.all(
        page.clients.map(async (client) => {
          const ids = await new Promise<readonly string[]>((resolve) => {
            const list = client.list('home');
            if (list) resolve(list.ids);
            client.on('list', (next) => resolve(next.ids));
          });
          const tickets = Array.from({ length: clicks }, (_, i) =>
            client.track('view_item', { item: ids[i % ids.length] }),
          );
          await Promise.all(tickets.map((ticket) => ticket.whenAcked()));
          return { session: client.session, seqs: tickets.map(({ seq }) => seq) };
        }),
      );
    },
    [storage, clients, CLICKS] as const,
  );
}

const numbers = (from: number) => Array.from({ length: CLICKS }, (_, i) => from + i);

describe('tabs of one browser', () => {
  it(
    '[D2] that share localStorage, with two clients each, number their events in sessions of their own',
    { timeout: TIMEOUT_MS },
    async () => {
      const tabs = [await openTab(), await openTab()];
      const told = (await Promise.all(tabs.map((tab) => click(tab, 'localStorage', 2)))).flat();
      expect(new Set(told.map(({ session }) => session)).size).toBe(4);
      for (const { seqs } of told) expect(seqs).toEqual(numbers(1));
      // Loaded again, a tab goes on with sessions that nobody has.
      await reload(tabs[1]);
      const again = await click(tabs[1], 'localStorage', 2);
      for (const { session, seqs } of again) {
        expect(told.map((one) => one.session)).toContain(session);
        expect(seqs).toEqual(numbers(1 + CLICKS));
      }
    },
  );

  it.each(['with', 'without'])(
    '[D2] of which one is a copy, number their events in sessions of their own, %s Web Locks',
    { timeout: TIMEOUT_MS },
    async (kind) => {
      if (kind === 'without')
        await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
      const tab = await openTab();
      const [first] = await click(tab, 'sessionStorage', 1);
      const copy = await duplicate(tab);
      const [[one], [two]] = await Promise.all([
        click(tab, 'sessionStorage', 1),
        click(copy, 'sessionStorage', 1),
      ]);
      expect(one).toEqual({ session: first.session, seqs: numbers(1 + CLICKS) });
      expect(two.session).not.toBe(first.session);
      expect(two.seqs).toEqual(numbers(1));
      // Also when the copy is loaded again and the first tab has gone.
      await tab.close();
      await reload(copy);
      expect(await click(copy, 'sessionStorage', 1)).toEqual([
        { session: two.session, seqs: numbers(1 + CLICKS) },
      ]);
    },
  );
});
