import { roundScore } from '../calls/wire-reason.js';
import type { ReturnRisk as WireRisk } from '../protocol/messages.js';
import type { ReturnRisk } from '../../shards/api.js';

const DAY_MS = 86_400_000;
/** One for all: each takes some 20 kB outside the heap, which no garbage collection hurries to free. */
const MONTH = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** A risk as it is told, with the reason in words, as of `nowMs`. */
export function wireRisk(risk: ReturnRisk, nowMs: number): WireRisk {
  const { days, visits, lastMs, spend } = risk;
  return {
    days,
    risk: roundScore(risk.risk),
    visits,
    lastMs,
    spend: Math.round(spend * 100) / 100,
    why: whyAtRisk(risk, nowMs),
  };
}

/** Such as "12 visits, one every 20 days until March 2026; nothing for 64 days". */
function whyAtRisk({ visits, meanGapDays, lastMs }: ReturnRisk, nowMs: number): string {
  const month = MONTH.format(lastMs);
  const came =
    visits === 1
      ? `one visit, in ${month}`
      : `${visits} visits, one every ${daysInWords(meanGapDays)} until ${month}`;
  const silent = Math.floor(Math.max(0, nowMs - lastMs) / DAY_MS);
  return silent === 0
    ? `${came}; the last one today`
    : `${came}; nothing for ${silent === 1 ? 'one day' : `${silent} days`}`;
}

function daysInWords(days: number): string {
  const whole = Math.max(1, Math.round(days));
  return whole === 1 ? 'day' : `${whole} days`;
}
