import { expect, test } from 'vitest';
import { FakeClock } from '../../../metrics/process/clock.js';
import { AGE_MAX_US, RENDERING_TIME, SharedRendering } from '../../../metrics/shared-rendering.js';

/** A text that takes 10 ms, numbered. */
function slowText() {
  const clock = new FakeClock();
  let made = 0;
  const rendering = new SharedRendering(clock, async (spent) => {
    clock.advanceMs(10);
    spent(10_000);
    return `text ${++made}`;
  });
  return { clock, rendering };
}

test('who asks now and then gets what holds now', async () => {
  const { clock, rendering } = slowText();
  for (let scrape = 1; scrape <= 100; scrape++) {
    expect(await rendering.text()).toBe(`text ${scrape}`);
    clock.advanceMs(1_000);
  }
});

test('who asks without end gets a text that was made before, and no more of the thread than its share', async () => {
  const { clock, rendering } = slowText();
  let text = '';
  for (let ms = 0; ms < 10_000; ms++) {
    text = await rendering.text();
    clock.advanceMs(1);
  }
  const made = Number(text.slice('text '.length));
  expect(made * 10_000).toBeGreaterThan(RENDERING_TIME.burstUs);
  expect(made * 10_000).toBeLessThan(RENDERING_TIME.burstUs + RENDERING_TIME.share * clock.nowUs() + 20_000);
});

test('on a machine without time the text is never older than its bound', async () => {
  const clock = new FakeClock();
  let made = 0;
  const rendering = new SharedRendering(clock, async (spent) => {
    clock.advanceMs(700);
    spent(700_000);
    return `text ${++made}`;
  });
  let last = 0;
  let oldestMs = 0;
  let madeMs = 0;
  for (let scrape = 0; scrape < 100; scrape++) {
    await rendering.text();
    if (made > last) madeMs = clock.nowUs() / 1_000;
    last = made;
    oldestMs = Math.max(oldestMs, clock.nowUs() / 1_000 - madeMs);
    clock.advanceMs(1_000);
  }
  expect(oldestMs).toBeLessThanOrEqual(AGE_MAX_US / 1_000);
  expect(made).toBeLessThan(25);
});

test('a text that could not be made is tried again', async () => {
  let tries = 0;
  const rendering = new SharedRendering(new FakeClock(), (spent) => {
    spent(1_000_000);
    return ++tries === 1 ? Promise.reject(new Error('no text')) : Promise.resolve('text');
  });
  await expect(rendering.text()).rejects.toThrow('no text');
  expect(await rendering.text()).toBe('text');
});
