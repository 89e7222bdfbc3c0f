import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeProblems } from '../support/gateway/axe-problems.js';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { launchChromium } from '../support/gateway/chromium.js';
import { callJson } from '../support/gateway/http-json.js';

const TIMEOUT_MS = 120_000;
const DAY_MS = 86_400_000;
/** Sells the same each day; rises; falls. Titles of the demo shop. */
const STEADY = ['22423', '85123A', '47566', '84879', '22720', '20727', '22697', '22698', '22699', '21212'];
const RISING = '23084';
const FALLING = '22086';

let browser: Browser;
let gateway: BuiltGateway;
let shopper = 0;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([
    launchChromium(),
    startGateway({ env: { AFTERCLICK_COMMUNITIES_EVERY_MS: '200' } }),
  ]);
  await twoWeeks();
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Visits of new shoppers, each of one item; every eighth buys it with the one before. */
function visits(item: string, count: number, ts: number): object[] {
  return Array.from({ length: count }, (_, n) => {
    const user = `shopper-${shopper++}`;
    return n % 8 === 0
      ? { id: '1', user, e: 'purchase', items: [item, STEADY[0]], ts, campaign: 'spring' }
      : { id: '1', user, e: 'view_item', item, ts };
  });
}

async function post(events: readonly object[]): Promise<void> {
  const { status } = await callJson(gateway.url, 'POST', '/v1/events', events);
  expect(status).toBe(200);
}

async function twoWeeks(): Promise<void> {
  const nowMs = Date.now();
  for (let day = 13; day >= 0; day--) {
    const ts = nowMs - day * DAY_MS;
    const isNow = day < 7;
    await post([
      ...STEADY.flatMap((item) => visits(item, 4, ts)),
      ...visits(RISING, isNow ? 12 : 2, ts),
      ...visits(FALLING, isNow ? 2 : 12, ts),
    ]);
  }
}

async function open(options: BrowserContextOptions): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`${gateway.url}/market.html`);
  await page.waitForSelector('.market-community');
  await page.waitForSelector('#rising .movement');
  return { page, errors };
}

const clicksOf = async (page: Page): Promise<number> =>
  Number((await page.textContent('.figure b'))?.replaceAll(',', ''));

/** Keeps a picture for whoever looks, in the folder that `MARKET_PICTURES` names. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['MARKET_PICTURES'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

test(
  'the market page shows communities, what rises and falls, and an item one click away; it is live',
  async () => {
    const { page, errors } = await open({ viewport: { width: 1360, height: 900 } });
    expect(await page.locator('#rising .movement b').allTextContents()).toEqual(['Rabbit Night Light']);
    expect(await page.locator('#falling .movement b').allTextContents()).toEqual([
      "Paper Chain Kit 50's Christmas",
    ]);
    expect(await page.locator('.market-flow').count()).toBeGreaterThan(0);
    expect(await axeProblems(page)).toEqual([]);
    await picture(page, 'wide-light');

    const circle = page.locator('.market-community').first();
    const name = (await circle.getAttribute('aria-label'))?.split(':')[0];
    await circle.click();
    await page.waitForSelector('.market-community.is-chosen');
    expect(await page.textContent('#looked-at-title')).toBe(name);
    expect(await page.locator('#looked-at .item-row').count()).toBeGreaterThan(2);

    await page.locator('#rising .movement').click();
    await expect.poll(() => page.textContent('#looked-at-title')).toBe('Rabbit Night Light');
    await expect.poll(() => page.locator('#looked-at .item-row b').allTextContents()).toHaveLength(1);
    expect(await page.getAttribute('.series', 'aria-label')).toBe(
      'Shoppers by period, the latest 12, at most 12',
    );
    await picture(page, 'item');
    await page.getByRole('button', { name: 'Back' }).click();

    await page.getByRole('button', { name: 'spring' }).click();
    await page.waitForSelector('.campaign dd');
    expect(await axeProblems(page)).toEqual([]);

    const before = await clicksOf(page);
    await page.focus('#rising .movement');
    await post(visits(RISING, 3, Date.now()));
    // One of the three buys two items.
    await expect.poll(() => clicksOf(page), { timeout: 20_000 }).toBe(before + 4);
    expect(await page.evaluate(() => document.activeElement?.closest('#rising') !== null)).toBe(true);
    expect(errors).toEqual([]);
    await page.context().close();
  },
  TIMEOUT_MS,
);

test(
  'in the dark, on a phone: nothing is wider than the screen, and axe finds nothing',
  async () => {
    const { page, errors } = await open({
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      colorScheme: 'dark',
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await axeProblems(page)).toEqual([]);
    await picture(page, 'phone-dark');
    expect(errors).toEqual([]);
    await page.context().close();
  },
  TIMEOUT_MS,
);
