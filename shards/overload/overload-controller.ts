import { SHED_LIMITS } from './shed-limits.js';
import { RUNGS, type Rung } from './shed-ladder.js';

const NEVER_US = -Infinity;
const TOP = RUNGS.length - 1;

/**
 * Decides what a shard leaves out, from how long clicks wait. Pure: all that it knows are its looks, one after each tick and now
 * and then between ticks that do not come.
 *
 * Up: one rung at a time, when the oldest waiting click was older than the rung allows at every look for `raiseAfterUs` (`refuseAfterUs` for the last).
 * Down: one rung at a time, when nobody waited for half of that for `lowerAfterUs`. A rung that had to be taken again at once is kept
 * for `keptUs`, or until there is clearly less to do, so that a steady load does not make lists change back and forth.
 * Bounds: from the top to the bottom in `TOP × lowerAfterUs`, one second; at a steady load at most one try each `keptUs`.
 */
export class OverloadController {
  #rung = 0;
  #aboveSinceUs = NEVER_US;
  #calmSinceUs = NEVER_US;
  /** When the rung above was left last. */
  #loweredUs = NEVER_US;
  /** The rung that was left too early, when, and the calls a second then. */
  #hasty = { rung: 0, atUs: NEVER_US, ratePerSec: 0 };
  #windowFromUs = NEVER_US;
  #windowCalls = 0;
  #windowBusyUs = 0;
  #ratePerSec = 0;
  #busyShare = 0;
  #callUs = 0;

  get rung(): Rung {
    return RUNGS[this.#rung];
  }

  /** Events that may be under way; 0 while the shard does not refuse any. */
  get roomEvents(): number {
    if (!RUNGS[this.#rung].refuses) return 0;
    const { roomUs, roomMin } = SHED_LIMITS;
    return Math.max(roomMin, Math.floor(roomUs / Math.max(1, this.#callUs)));
  }

  /**
   * A tick is over, or none was needed. `waitUs` is the age of the oldest click that waited, `calls` how many were carried out, and `busyUs`
   * how long that took. True when the rung is another one.
   */
  look(nowUs: number, waitUs: number, calls: number, busyUs: number): boolean {
    this.#count(nowUs, calls, busyUs);
    if (waitUs > SHED_LIMITS.raiseUs[this.#rung]) return this.#pressed(nowUs);
    this.#aboveSinceUs = NEVER_US;
    if (this.#rung === 0) return false;
    if (waitUs > SHED_LIMITS.calmShare * SHED_LIMITS.raiseUs[this.#rung - 1]) {
      this.#calmSinceUs = nowUs;
      return false;
    }
    return this.#calm(nowUs);
  }

  #pressed(nowUs: number): boolean {
    this.#calmSinceUs = nowUs;
    if (this.#aboveSinceUs === NEVER_US) this.#aboveSinceUs = nowUs;
    const { raiseAfterUs, refuseAfterUs } = SHED_LIMITS;
    const afterUs = this.#rung + 1 === TOP ? refuseAfterUs : raiseAfterUs;
    if (nowUs - this.#aboveSinceUs < afterUs) return false;
    this.#aboveSinceUs = nowUs;
    this.#rung = Math.min(TOP, this.#rung + 1);
    if (nowUs - this.#loweredUs < SHED_LIMITS.hastyUs)
      this.#hasty = { rung: this.#rung, atUs: nowUs, ratePerSec: this.#ratePerSec };
    return true;
  }

  #calm(nowUs: number): boolean {
    if (nowUs - this.#calmSinceUs < SHED_LIMITS.lowerAfterUs || !this.#mayLower(nowUs)) return false;
    this.#rung--;
    this.#loweredUs = nowUs;
    this.#calmSinceUs = nowUs;
    return true;
  }

  #mayLower(nowUs: number): boolean {
    const { rung, atUs, ratePerSec } = this.#hasty;
    if (rung !== this.#rung || nowUs - atUs >= SHED_LIMITS.keptUs) return true;
    return this.#ratePerSec < SHED_LIMITS.rateShare * ratePerSec || this.#busyShare < SHED_LIMITS.idleShare;
  }

  #count(nowUs: number, calls: number, busyUs: number): void {
    if (calls > 0) this.#callUs += SHED_LIMITS.costShare * (busyUs / calls - this.#callUs);
    this.#windowCalls += calls;
    this.#windowBusyUs += busyUs;
    const tookUs = nowUs - this.#windowFromUs;
    if (tookUs < SHED_LIMITS.windowUs) return;
    this.#ratePerSec = (1e6 * this.#windowCalls) / tookUs;
    this.#busyShare = this.#windowBusyUs / tookUs;
    this.#windowFromUs = nowUs;
    this.#windowCalls = 0;
    this.#windowBusyUs = 0;
  }
}
