import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { auc, calibrationError } from '../../../../../model/eval/measures/probability-measures.js';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { sessionCount } from '../../../../../model/train/data/dataset.js';
import { readInteractions } from '../../../../../model/train/data/readers/interactions.js';
import { fitPurchaseHead, openClicks } from '../../../../../model/train/intent/fit-purchase-head.js';
import { judgePurchaseHead } from '../../../../../model/train/intent/judge-purchase-head.js';

const FOLDER = fileURLToPath(new URL('../../../../../../shared/data/rees46-mini', import.meta.url));
const HELD_OUT = 0.3;

describe.runIf(existsSync(FOLDER))('who buys, on the last sessions of rees46-mini', () => {
  it('is told better than by the cart, by clicks so far or by time spent, and as often as it is said', async () => {
    const { dataset, items } = await readInteractions(FOLDER, false);
    const to = sessionCount(dataset);
    const border = Math.floor(to * (1 - HELD_OUT));
    const weights = fitPurchaseHead(dataset, { from: 0, to: border }, items)!;
    const held = { from: border, to };
    const judged = judgePurchaseHead(weights, dataset, held, items);
    const clicks = [...openClicks(dataset, held)];
    const { came } = judged;
    const start = clicks.map(({ session }) => dataset.timeMs![dataset.start[session]]);
    let before = -1;
    let click = -1;
    const dwell = clicks.map(({ session }, i) => {
      click = session === before ? click + 1 : dataset.start[session];
      before = session;
      return dataset.timeMs![click] - start[i];
    });
    const carts = clicks.map(({ kinds }) => kinds.filter((kind) => kind === EVENT_KIND.add_to_cart).length);
    const baselines = {
      cart: auc({ said: carts, came }),
      dwell: auc({ said: dwell, came }),
      clicks: auc({ said: clicks.map(({ items: seen }) => seen.length), came }),
    };
    expect(auc(judged)).toBeGreaterThan(Math.max(...Object.values(baselines)) + 0.06);
    expect(calibrationError(judged)).toBeLessThan(0.02);
  });
});
