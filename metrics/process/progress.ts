import { Presets, SingleBar } from 'cli-progress';

/** A progress bar on stderr where that is a terminal, else nothing. */
export interface Progress {
  /** `done` of the total; `note` stands behind the bar. */
  update(done: number, note: string): void;
  stop(): void;
}

/** @param label what is counted, such as `clicks`. */
export function startProgress(label: string, total: number): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const format = `${label} {bar} {percentage}% | {value}/{total} | {eta_formatted} left | {note}`;
  const bar = new SingleBar(
    { format, stream: process.stderr, fps: 5, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: '' });
  return { update: (done, note) => bar.update(Math.min(done, total), { note }), stop: () => bar.stop() };
}
