import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong with a page: each rule, with the first element that breaks it. */
export async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() =>
    (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run(),
  );
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}
