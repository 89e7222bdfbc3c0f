import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltGateway, freePort, startGateway } from '../support/gateway/built-gateway.js';
import { DEFAULT_BACKOFF } from '../../gateway/client/link/reconnect.js';
import { launchChromium } from '../support/gateway/chromium.js';

const TIMEOUT_MS = 30_000;
const TILES = '#shelf > .tile:not(.is-leaving)';

let browser: Browser;
let gateway: BuiltGateway;
let context: BrowserContext;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([launchChromium(), startGateway()]);
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(10_000);
});
afterEach(() => context.close());

/** Opens the shop and waits for its first list. */
async function enter(path = '/', at = gateway): Promise<Page> {
  const page = await context.newPage();
  await page.goto(at.url + path);
  await shelfOf(page, (ids) => ids.length === 20);
  return page;
}

/** The shelf's ids, best first, as soon as they fit. */
async function shelfOf(page: Page, fits: (ids: readonly string[]) => boolean): Promise<string[]> {
  let ids: string[] = [];
  await expect
    .poll(
      async () =>
        fits(
          (ids = await page.$$eval(TILES, (tiles) =>
            tiles.map((tile) => (tile as HTMLElement).dataset['item']!),
          )),
        ),
      {
        timeout: 10_000,
      },
    )
    .toBe(true);
  return ids;
}

async function clickTile(page: Page, place: number): Promise<string> {
  const tile = page.locator(TILES).nth(place);
  const id = (await tile.getAttribute('data-item'))!;
  await tile.locator('.tile-open').click();
  return id;
}

/** Numbers of the events that the page shows as being on disk, newest first, once there are `count`. */
async function ackedSeqs(page: Page, count: number): Promise<(string | null)[]> {
  const seqs = page.locator('#ledger li.is-acked .ledger-seq');
  await expect.poll(() => seqs.count(), { timeout: 15_000 }).toBe(count);
  return seqs.allTextContents();
}

/** The page may pause for `DEFAULT_BACKOFF.maxMs` between two tries, where a gateway is long in starting. */
function connection(page: Page, text: string): Promise<unknown> {
  return page
    .locator('#connection', { hasText: new RegExp(`^${text}$`) })
    .waitFor({ timeout: DEFAULT_BACKOFF.maxMs + 10_000 });
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Second device' }).waitFor();
}

describe('the demo shop', () => {
  it(
    '[R1] [D1] answers a click with a new shelf that says why, and shows it on disk',
    { timeout: TIMEOUT_MS },
    async () => {
      const problems: string[] = [];
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      await page.goto(gateway.url);
      const before = await shelfOf(page, (ids) => ids.length === 20);
      const title = (await page.locator(`${TILES} .tile-title`).first().textContent())!;
      const clicked = await clickTile(page, 0);
      const after = await shelfOf(page, (ids) => ids.length === 20 && ids.join() !== before.join());
      expect(after).not.toContain(clicked);
      expect(new Set(after).size).toBe(20);
      expect(await page.locator('#counter h2').textContent()).toBe(title);
      expect(await page.locator(`${TILES} .tile-why`, { hasText: title }).count()).toBeGreaterThan(0);
      expect(await page.locator('#change').textContent()).toMatch(/\d+ new, \d+ moved, [\d.]+ ms after/);
      expect(Number(await page.locator('.latency-value').textContent())).toBeGreaterThan(0);
      expect(await ackedSeqs(page, 1)).toEqual(['#1']);
      expect(problems).toEqual([]);
    },
  );

  it('[R4] takes what a shopper dismisses off the shelf for good', { timeout: TIMEOUT_MS }, async () => {
    const page = await enter();
    const tile = page.locator(TILES).nth(1);
    const dismissed = (await tile.getAttribute('data-item'))!;
    await tile.hover();
    await tile.getByRole('button', { name: /^Not for me/ }).click();
    await shelfOf(page, (ids) => ids.length === 20 && !ids.includes(dismissed));
    await clickTile(page, 2);
    await ackedSeqs(page, 2);
    expect(await shelfOf(page, (ids) => ids.length === 20)).not.toContain(dismissed);
  });

  it('[R2] shows the same shelf on the second device of a shopper', { timeout: TIMEOUT_MS }, async () => {
    const first = await enter();
    await signIn(first, 'Ada Lovelace');
    const before = await shelfOf(first, (ids) => ids.length === 20);
    const opening = context.waitForEvent('page');
    await first.getByRole('link', { name: 'Second device' }).click();
    const second = await opening;
    expect(await shelfOf(second, (ids) => ids.join() === before.join())).toEqual(before);
    await clickTile(first, 3);
    const after = await shelfOf(first, (ids) => ids.length === 20 && ids.join() !== before.join());
    await shelfOf(second, (ids) => ids.join() === after.join());
  });

  it(
    '[D1] [D4] comes back after a crash of the gateway and loses nothing',
    { timeout: 3 * TIMEOUT_MS },
    async () => {
      const port = String(await freePort());
      const before = await startGateway({ env: { AFTERCLICK_PORT: port } });
      const page = await enter('/', before);
      const clicked = [await clickTile(page, 0)];
      await ackedSeqs(page, 1);
      await before.kill();
      await connection(page, 'reconnecting');
      clicked.push(await clickTile(page, 4), await clickTile(page, 7));
      await expect.poll(() => page.locator('#ledger li.is-queued').count()).toBe(2);
      const after = await startGateway({
        env: { AFTERCLICK_PORT: port, AFTERCLICK_DATA_DIR: before.dataDir },
      });
      await connection(page, 'live');
      expect(await ackedSeqs(page, 3)).toEqual(['#3', '#2', '#1']);
      await shelfOf(page, (ids) => ids.length === 20 && !ids.some((id) => clicked.includes(id)));
      await after.stop();
    },
  );

  it('[D4] goes on with its session after a reload', { timeout: TIMEOUT_MS }, async () => {
    const page = await enter();
    const clicked = await clickTile(page, 0);
    await ackedSeqs(page, 1);
    await page.reload();
    await shelfOf(page, (ids) => ids.length === 20 && !ids.includes(clicked));
    await clickTile(page, 0);
    expect(await ackedSeqs(page, 1)).toEqual(['#2']);
  });

  it(
    'numbers the events of a duplicated tab in a session of their own',
    { timeout: TIMEOUT_MS },
    async () => {
      const page = await enter();
      await clickTile(page, 0);
      await ackedSeqs(page, 1);
      const opening = context.waitForEvent('page');
      // A window that a page opens itself starts with a copy of its sessionStorage, as a duplicated tab does.
      await page.evaluate(() => void window.open('/'));
      const copy = await opening;
      await shelfOf(copy, (ids) => ids.length === 20);
      await clickTile(copy, 0);
      expect(await ackedSeqs(copy, 1)).toEqual(['#1']);
    },
  );

  it('shows titles and names as text, whatever is in them', { timeout: TIMEOUT_MS }, async () => {
    const hostile = '<img src=x onerror="window.broken=1">';
    const first = await enter();
    const [id] = await shelfOf(first, (ids) => ids.length === 20);
    const item = { id, title: `${hostile} mug`, price: 1, category: hostile };
    const put = await fetch(`${gateway.url}/v1/items`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(item),
    });
    expect(put.status).toBe(200);
    const page = await enter(`/?user=${encodeURIComponent(hostile)}`);
    await page.locator(`[data-item="${id}"] .tile-open`).click();
    await page.locator('#counter h2', { hasText: item.title }).waitFor();
    await page.locator('.identity-name', { hasText: hostile }).waitFor();
    expect(
      await page.evaluate(() => [document.querySelectorAll('img[src=x]').length, 'broken' in window]),
    ).toEqual([0, false]);
  });

  it(
    'is used with the keyboard alone and keeps the focus on the shelf',
    { timeout: TIMEOUT_MS },
    async () => {
      const page = await enter();
      const before = await shelfOf(page, (ids) => ids.length === 20);
      await page.locator(`${TILES} .tile-open`).nth(2).focus();
      await page.keyboard.press('Enter');
      await shelfOf(page, (ids) => ids.length === 20 && ids.join() !== before.join());
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('tile-open');
    },
  );

  it.each([360, 768, 1024, 1600])('fits a page %i pixels wide', { timeout: TIMEOUT_MS }, async (width) => {
    const page = await enter();
    await page.setViewportSize({ width, height: 800 });
    await clickTile(page, 0);
    await page.locator('#counter.is-filled').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});

describe('the search box', () => {
  const search = async (page: Page, query: string): Promise<string[]> => {
    const before = await shelfOf(page, (ids) => ids.length === 20);
    await page.locator('#query').fill(query);
    await page.locator('#query').press('Enter');
    await shelfOf(page, (ids) => ids.length === 20 && ids.join() !== before.join());
    return page.$$eval(TILES, (tiles) => tiles.map((tile) => tile.textContent ?? ''));
  };

  it('forgives a slip: the shelf of a mistyped search shows what was meant', async () => {
    const standsFor = async (user: string, query: string): Promise<string[]> => {
      const titles = await search(await enter(`/?user=${user}`), query);
      return titles.filter((title) => /cake ?stand/i.test(title)).toSorted();
    };
    const meant = await standsFor('no-slip', 'cakestand');
    expect(meant).not.toEqual([]);
    expect(await standsFor('slip', 'cakstand')).toEqual(meant);
  });
});
