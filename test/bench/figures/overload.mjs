// Twice the rate that a gateway holds, then half of it: what is answered and when, what is lost, and how soon all is as before.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PinnedGateway } from './gateway.mjs';
import { load } from './load.mjs';

const JOURNAL_END = 'afterclick_store_journal_end';

/**
 * Seconds from the end of too much load to the first window of which on p99 is within `p99Ms`; NaN when there is none. `windows` are
 * those of a run, and too much load ends at `fromSec`.
 */
export function backToNormalSec(windows, fromSec, p99Ms) {
  const after = windows.filter(({ atSec, duePerSec }) => atSec >= fromSec && duePerSec > 0);
  const last = after.findLastIndex(({ p99 }) => p99 > p99Ms);
  return last === after.length - 1 ? Number.NaN : after[last + 1].atSec - fromSec;
}

/**
 * Measures a copy of a shop at twice `rate`, ends it by SIGKILL, and counts what the journal then lacks of what was acknowledged. Clicks
 * that were refused are not in p99. Throws when something acknowledged is lost or something accepted had no list.
 */
export async function overload(bench, { from, items }, { rate, seconds, p99Ms }) {
  const dataDir = mkdtempSync(join(bench.work, 'overload-'));
  cpSync(from, dataDir, { recursive: true });
  let gateway = await PinnedGateway.start({ ...bench, dataDir });
  try {
    const before = await gateway.metric(JOURNAL_END);
    const flags = { profile: 'overload', items, rate, seconds, connections: 200, sessions: 'long' };
    const result = await load(bench, gateway.url, flags);
    await gateway.stop('SIGKILL');
    gateway = await PinnedGateway.start({ ...bench, dataDir });
    const kept = (await gateway.metric(JOURNAL_END)) - before;
    return figures(result, { kept, p99Ms });
  } finally {
    await gateway.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The row of a run after which the journal had `kept` events more than before. */
export function figures(result, { kept, p99Ms }) {
  const { phases, windows, clicks, missingAcks, missingLists, refused, limit, shedSeconds } = result;
  const [over, after] = phases;
  const acked = clicks - missingAcks;
  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0);
  const lost = Math.max(0, acked - kept);
  if (lost > 0) throw new Error(`${lost} of ${acked} acknowledged events are lost`);
  const unlisted = missingLists - missingAcks;
  if (unlisted > 0) throw new Error(`${unlisted} acknowledged clicks had no list`);
  return {
    value: over.clickToList.p99,
    more: {
      offeredPerSec: over.duePerSec,
      acceptedPerSec: over.listedPerSec,
      refused: refusals,
      unanswered: missingAcks - refusals,
      lostAcknowledged: lost,
      backToNormalSec: backToNormalSec(windows, after.fromSec, p99Ms),
      p99AfterMs: after.clickToList.p99,
      shedSec: shedSeconds,
      ...(limit !== undefined && { notTheServers: limit.why }),
    },
  };
}
