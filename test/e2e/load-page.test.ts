import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KneeStep } from '../../loadtest/load/knee.js';
import { reportPage } from '../../loadtest/report/page.js';
import type { RunReport } from '../../loadtest/report/page-model.js';
import { launchChromium } from '../support/gateway/chromium.js';
import { runOf } from '../support/loadtest/sample-run.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

const ABOUT = {
  environment: { at: '2026-01-01T00:00:00Z', commit: 'abc', node: 'v20', cpu: 'AMD EPYC', cores: 2 },
  config: { url: 'http://127.0.0.1:8080', rate: 100, p99MaxMs: 10 },
  verdicts: [{ text: 'p99<10ms', actual: 12.5, isKept: false, figure: 'p99' as const }],
};
const PHASES = ['before', 'flash', 'after'].map((name, i) => {
  const row = { count: 9, p50: 1, p90: 2, p99: 3, p999: 4, max: 5 };
  return { name, fromSec: 10 * i, toSec: 10 * (i + 1), duePerSec: 100, listedPerSec: 100, clickToList: row };
});
/** Bars of very different lengths, and words as long as they get. */
const STAGES = ['to_shard', 'send', 'commit', 'click to list', 'click to ack'].map((stage, i) => ({
  stage,
  count: 1_000,
  mean: 10 ** (i - 2),
  p50: 1.23456 * 10 ** (i - 2),
  p99: 12.3456 * 10 ** (i - 1),
}));
const STEPS: KneeStep[] = [1_000, 1_300, 1_690, 1_690, 1_500].map((ratePerSec, i) => ({
  ratePerSec,
  seconds: 4,
  offeredPerSec: ratePerSec,
  achievedPerSec: ratePerSec,
  p50: 1 + i,
  p99: 5 + 100 * i,
  failures: 0,
  generatorCpuShare: 0.3,
}));
const PAGES: Readonly<Record<string, Partial<RunReport>>> = {
  flash: { clicks: runOf({ phases: PHASES, stages: STAGES, beside: { 'clicks of the bot': 8_000 } }) },
  ramp: { knee: { steps: STEPS, best: STEPS[1], end: 'client' } },
  limited: { clicks: runOf({ limit: { kind: 'client', why: 'the generator was late' } }) },
};

describe.each([1_280, 500])('at %i pixels', (width) => {
  test.each(Object.keys(PAGES))(
    'the page of %s shows all of its words, and nothing runs over its edge',
    async (name) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.setContent(reportPage({ profile: name, ...ABOUT, ...PAGES[name] }));
      const cut = await page.evaluate(() => {
        const isWithin = (inner: DOMRect, outer: DOMRect): boolean =>
          inner.left >= outer.left - 1 &&
          inner.right <= outer.right + 1 &&
          inner.top >= outer.top - 1 &&
          inner.bottom <= outer.bottom + 1;
        return [...document.querySelectorAll('svg text, svg path, svg rect')]
          .filter(
            (part) => !isWithin(part.getBoundingClientRect(), part.closest('svg')!.getBoundingClientRect()),
          )
          .map((part) => part.textContent || part.outerHTML);
      });
      expect(cut).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(await page.locator('figure svg').count()).toBeGreaterThan(2);
      await page.close();
    },
  );
});
