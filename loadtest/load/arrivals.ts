import type { Clock } from '../../metrics/process/clock.js';
import type { RandomSource } from './seeded-random.js';

export type ArrivalKind = 'poisson' | 'uniform';

/** Times in µs at which requests are due, counted from 0, without end. `ratePerSec` on average. */
export function* arrivalTimes(
  kind: ArrivalKind,
  ratePerSec: number,
  random: RandomSource,
): Generator<number, never> {
  const gapUs = 1e6 / ratePerSec;
  let atUs = 0;
  for (;;) {
    // 1 − random() is in (0, 1], so the logarithm is finite.
    atUs += kind === 'uniform' ? gapUs : -Math.log(1 - random()) * gapUs;
    yield atUs;
  }
}

/**
 * Calls `fire` with each due time (clock µs) from `startUs` until `endUs`: never before it is due, never waiting for an answer,
 * and for all that fell due since the timer last ran (about 1 ms) in one go. Resolves when the schedule is through.
 */
export function playSchedule(
  times: Iterator<number>,
  { startUs, endUs }: { readonly startUs: number; readonly endUs: number },
  clock: Clock,
  fire: (dueUs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let dueUs = startUs + times.next().value;
    const fireDue = (): void => {
      try {
        const nowUs = clock.nowUs();
        while (dueUs <= nowUs && dueUs < endUs) {
          fire(dueUs);
          dueUs = startUs + times.next().value;
        }
        if (dueUs >= endUs) resolve();
        else setTimeout(fireDue, Math.min(1_000, Math.floor((dueUs - nowUs) / 1_000)));
      } catch (error) {
        reject(error);
      }
    };
    fireDue();
  });
}
