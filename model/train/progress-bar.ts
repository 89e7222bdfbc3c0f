import { Presets, SingleBar } from 'cli-progress';
import type { TrainingProgress } from './trainer.js';

export interface ProgressBar {
  readonly report: TrainingProgress;
  /** Leaves the last state on the screen and ends the line. */
  stop(): void;
}

/**
 * A bar on stderr with the loss and the time left, redrawn ten times a second; without a terminal, a line every few
 * seconds.
 */
export function openProgressBar(label: string): ProgressBar {
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}% | step {value}/{total} | loss {loss} | {eta_formatted} left`,
      stream: process.stderr,
      fps: 10,
      etaBuffer: 100,
      noTTYOutput: true,
      notTTYSchedule: 5000,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    report(step, steps, loss) {
      if (!started) bar.start(steps, 0, { loss: '–' });
      started = true;
      bar.setTotal(steps);
      bar.update(step, { loss: loss.toFixed(4) });
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
