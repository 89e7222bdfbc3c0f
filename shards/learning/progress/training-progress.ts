import { startProgress, type Progress } from '../../../metrics/process/progress.js';

/** A stage and about how long it takes; only the proportions count once the first has been measured. */
export interface PlannedStage {
  readonly name: string;
  readonly seconds: number;
}

/** Where a line goes that is not drawn over, and whether a bar can be drawn at all. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const LINE_EVERY_MS = 10_000;
const BAR_PARTS = 1_000;

/**
 * Shows how far a training is: on a terminal a bar for each stage, else a line every ten seconds; with the time left of the
 * stage and of the whole. Times come from the stages as planned and from how long the finished part of them took.
 */
export class TrainingProgress {
  readonly #plan: readonly PlannedStage[];
  readonly #output: ProgressOutput;
  readonly #nowMs: () => number;
  readonly #started = new Set<string>();
  /** Planned and real seconds of what was done in this process. */
  #plannedSeconds = 0;
  #realSeconds = 0;
  #current = '';
  #share = 0;
  #countedMs = 0;
  #toldMs = 0;
  #bar: Progress | undefined;

  constructor(plan: readonly PlannedStage[], output: ProgressOutput, nowMs: () => number) {
    this.#plan = plan;
    this.#output = output;
    this.#nowMs = nowMs;
  }

  begin(stage: string): void {
    this.#current = stage;
    this.#started.add(stage);
    this.#share = 0;
    this.#countedMs = this.#nowMs();
    this.#toldMs = this.#countedMs;
    this.#output.write(`${stage} …\n`);
    if (this.#output.isTTY === true) this.#bar = startProgress(stage, BAR_PARTS);
  }

  /** `share` of the stage is done, 0..1. */
  update(share: number, note: string): void {
    const nowMs = this.#nowMs();
    // A stage may go on from its middle: what its first update tells was done by an earlier process.
    if (this.#share > 0) {
      this.#plannedSeconds += (share - this.#share) * this.#planned(this.#current);
      this.#realSeconds += (nowMs - this.#countedMs) / 1_000;
    }
    this.#share = share;
    this.#countedMs = nowMs;
    if (this.#bar !== undefined)
      return this.#bar.update(Math.round(share * BAR_PARTS), `${note} | ${this.#left().all}`);
    if (nowMs - this.#toldMs < LINE_EVERY_MS) return;
    this.#toldMs = nowMs;
    const { stage, all } = this.#left();
    this.#output.write(`${this.#current}: ${Math.floor(100 * share)} %, ${note}, ${stage}, ${all}\n`);
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** A stage that an earlier process finished. */
  skip(stage: string): void {
    this.#started.add(stage);
    this.#output.write(`${stage}: done before\n`);
  }

  /** Time left of the stage, and of all stages. */
  #left(): { stage: string; all: string } {
    if (this.#plannedSeconds === 0) return { stage: 'time left unknown yet', all: 'in all as well' };
    const pace = this.#realSeconds / this.#plannedSeconds;
    const stage = (1 - this.#share) * this.#planned(this.#current);
    const others = this.#plan.filter(({ name }) => !this.#started.has(name));
    const all = others.reduce((sum, { seconds }) => sum + seconds, stage);
    return { stage: `${inWords(stage * pace)} left`, all: `${inWords(all * pace)} in all` };
  }

  #planned(stage: string): number {
    return this.#plan.find(({ name }) => name === stage)?.seconds ?? 1;
  }
}

/** `1 h 5 min`, `3 min 20 s`, `12 s`. */
export function inWords(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
