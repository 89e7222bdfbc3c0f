import type { Clock } from '../../metrics/process/clock.js';
import { Metronome } from './metronome.js';
import { timeOfCount, type RateShape } from './rate-shape.js';
import type { RandomSource } from './seeded-random.js';

export type ArrivalKind = 'poisson' | 'constant';

/**
 * Times in µs at which requests are due, counted from 0; `Infinity` behind the end of the shape. With `poisson` the gaps are
 * those of independent shoppers, with `constant` they are even as long as the rate is.
 */
export function* arrivalTimes(
  kind: ArrivalKind,
  shape: RateShape,
  random: RandomSource,
): Generator<number, never> {
  let count = 0;
  for (;;) {
    // 1 − random() is in (0, 1], so the logarithm is finite.
    count += kind === 'constant' ? 1 : -Math.log(1 - random());
    yield timeOfCount(shape, count) * 1e6;
  }
}

/**
 * Calls `fire` with each due time (clock µs) from `startUs` until `endUs`: never before it is due, never waiting for an answer,
 * and for all that fell due since it last looked (a fifth of a millisecond) in one go. Resolves when the schedule is through.
 */
export function playSchedule(
  times: Iterator<number>,
  { startUs, endUs }: { readonly startUs: number; readonly endUs: number },
  clock: Clock,
  fire: (dueUs: number) => void,
): Promise<void> {
  const metronome = new Metronome(clock);
  return new Promise<void>((resolve, reject) => {
    let dueUs = startUs + times.next().value;
    const fireDue = (): void => {
      try {
        const nowUs = clock.nowUs();
        while (dueUs <= nowUs && dueUs < endUs) {
          fire(dueUs);
          dueUs = startUs + times.next().value;
        }
        if (nowUs >= endUs) resolve();
        else metronome.wakeAt(Math.min(dueUs, endUs), fireDue);
      } catch (error) {
        reject(error);
      }
    };
    fireDue();
  }).finally(() => metronome.stop());
}
