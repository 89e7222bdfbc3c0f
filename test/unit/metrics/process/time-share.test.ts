import { describe, expect, test } from 'vitest';
import { TimeShare, TimeShares } from '../../../../metrics/process/time-share.js';
import { ADDRESS_TIME } from '../../../../gateway/admission/address-times.js';
import { CONNECTION_TIME } from '../../../../gateway/socket/connection.js';
import { USER_TIME } from '../../../../shards/live/live-user.js';

describe.each([
  ['user', USER_TIME],
  ['address', ADDRESS_TIME],
  ['connection', CONNECTION_TIME],
])('the time of one %s', (_, rule) => {
  test('a machine that stood still for a minute in their turn keeps them waiting for half a second at most', () => {
    const time = new TimeShare(new TimeShares(rule));
    const nowUs = 60_000_000;
    time.spend(nowUs, nowUs);
    expect(time.isOver(nowUs)).toBe(true);
    expect(time.isOver(nowUs + 500_000)).toBe(false);
  });

  test('who takes their share and more sits turns out until time has made it good', () => {
    const time = new TimeShare(new TimeShares(rule));
    let nowUs = 0;
    let tookUs = 0;
    for (; nowUs < 10_000_000; nowUs += rule.lightUs) {
      if (time.isOver(nowUs)) continue;
      time.spend(rule.lightUs, nowUs);
      tookUs += rule.lightUs;
    }
    expect(tookUs / nowUs).toBeLessThan(rule.share + rule.lightShare + 0.02);
    expect(tookUs / nowUs).toBeGreaterThan(rule.share - 0.02);
  });
});
