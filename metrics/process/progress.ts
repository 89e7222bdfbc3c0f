import { Presets, SingleBar } from 'cli-progress';

/**
 * A progress bar on stderr where that is a terminal, else nothing. The terminal stays as it is, cursor and line wrapping
 * included: a command may end at any moment by a signal, and nothing would set them right again. Until `stop` a timer draws
 * the bar, and keeps the process alive.
 */
export interface Progress {
  /** `done` of the total; `note` stands behind the bar. */
  update(done: number, note: string): void;
  stop(): void;
}

/** @param label what is counted, such as `clicks`. */
export function startProgress(
  label: string,
  total: number,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  if (!stream.isTTY) return { update: () => {}, stop: () => {} };
  const format = `${label} {bar} {percentage}% | {value}/{total} | {eta_formatted} left | {note}`;
  const bar = new SingleBar(
    // With `linewrap` the library cuts lines at the terminal's width itself.
    { format, stream, fps: 5, hideCursor: false, linewrap: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: '' });
  return { update: (done, note) => bar.update(Math.min(done, total), { note }), stop: () => bar.stop() };
}
