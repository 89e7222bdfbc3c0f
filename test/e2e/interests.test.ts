import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { axeProblems } from '../support/gateway/axe-problems.js';
import { launchChromium } from '../support/gateway/chromium.js';

const TIMEOUT_MS = 60_000;
const TILES = '#shelf > .tile:not(.is-leaving):not(.is-over)';

let browser: Browser;
let gateway: BuiltGateway;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([
    launchChromium('--host-resolver-rules=MAP shop.test 127.0.0.1'),
    startGateway({ env: { AFTERCLICK_HOSTS: 'shop.test' } }),
  ]);
}, TIMEOUT_MS);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Opens the shop under a name that is no secure context, looks at some gifts, and waits for the map. */
async function shopping(options: Parameters<Browser['newContext']>[0], clicks: number): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto(`http://shop.test:${new URL(gateway.url).port}/`);
  await page.waitForSelector(TILES);
  for (let i = 0; i < clicks; i++) {
    const before = await page.textContent('#change');
    await page.evaluate(
      ([tiles, place]) => document.querySelectorAll<HTMLElement>(`${tiles} .tile-open`)[place].click(),
      [TILES, i % 3] as const,
    );
    await expect.poll(() => page.textContent('#change'), { timeout: 10_000 }).not.toBe(before);
  }
  await page.waitForSelector('.map-node.is-item');
  return page;
}

const boxesOf = (page: Page, selector: string) =>
  page.$$eval(selector, (found) => found.map((each) => each.getBoundingClientRect().toJSON() as DOMRect));

function overlaps(a: DOMRect, b: DOMRect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

test(
  'the map is the gateway’s own graph, interests have names, and what is said of one is obeyed and remembered',
  async () => {
    const page = await shopping({ viewport: { width: 1280, height: 1000 } }, 8);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    // Each answer of the gateway draws the map anew: its words and what it shows are looked at in one moment.
    const { told, shown } = await page.evaluate(() => {
      const count = /(\d+) nodes, (\d+) edges, \d+ interest/.exec(
        document.querySelector('.map-count')!.textContent,
      );
      return {
        told: count?.slice(1).map(Number),
        shown: ['.map-node', '.map-edge'].map((kind) => document.querySelectorAll(kind).length),
      };
    });
    expect(shown).toEqual(told);
    expect(await page.locator('.map-edge.is-of').count()).toBeGreaterThan(3);
    expect(await page.locator('.map-edge.is-next').count()).toBeGreaterThan(3);

    const labels = await boxesOf(page, '.map-name');
    expect(labels.length).toBeGreaterThan(0);
    labels.forEach((label, i) =>
      expect(labels.slice(i + 1).some((other) => overlaps(label, other))).toBe(false),
    );

    await page.hover(TILES);
    await expect.poll(() => page.locator('.map-node.is-meant').count()).toBeGreaterThan(0);

    const rows = await boxesOf(page, TILES);
    const columns = new Set(rows.map(({ left }) => left)).size;
    expect(rows.length % columns).toBe(0);

    const never = page.locator('.interest-act', { hasText: 'Never' }).first();
    await never.click();
    await page.waitForSelector('.interest.is-never');
    const name = await page.locator('.interest.is-never .interest-name').textContent();
    await page.reload();
    await page.waitForSelector('.interest.is-never');
    expect(await page.locator('.interest.is-never .interest-name').textContent()).toBe(name);
    expect(await axeProblems(page)).toEqual([]);
    await page.context().close();
  },
  TIMEOUT_MS,
);

test(
  'in the dark, on a phone: figure and map are in view after a click, the basket outlives a reload, and axe finds nothing',
  async () => {
    const page = await shopping(
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' },
      4,
    );
    for (const [box] of [await boxesOf(page, '.latency-value'), await boxesOf(page, '.map')]) {
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.bottom).toBeLessThanOrEqual(844);
    }
    expect(await axeProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add to basket', exact: true }).click();
    await expect.poll(() => page.textContent('.basket summary b')).toBe('1');
    await page.reload();
    await page.waitForSelector(TILES);
    expect(await page.textContent('.basket summary b')).toBe('1');
    await page.context().close();
  },
  TIMEOUT_MS,
);
