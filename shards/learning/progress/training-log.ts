/** One point of a loss curve: after this step, the running mean of the loss in nats and the learning rate of item vectors. */
export type LossPoint = readonly [step: number, loss: number, rate: number];

/** What is remembered of one stage. */
export interface StageRecord {
  readonly name: string;
  /** Seconds of work, those before an interruption included. */
  seconds: number;
  isDone: boolean;
  steps: number;
  readonly loss: LossPoint[];
  /** Figures of the held-back sessions after each epoch, in percent. */
  readonly validation: { readonly epoch: number; readonly figures: Readonly<Record<string, number>> }[];
}

/** Points kept of a curve: more than a picture shows. */
const POINTS_MAX = 500;

/** What a training tells of itself as it goes: as JSON it comes back the same, so that an interruption leaves no gap. */
export class TrainingLog {
  readonly stages: StageRecord[];

  constructor(stages: StageRecord[] = []) {
    this.stages = stages;
  }

  /** The record of a stage, a new one when there is none. */
  stage(name: string): StageRecord {
    const known = this.stages.find((stage) => stage.name === name);
    if (known !== undefined) return known;
    const record = { name, seconds: 0, isDone: false, steps: 0, loss: [], validation: [] };
    this.stages.push(record);
    return record;
  }
}

/** Adds a step to a stage's curve if it is one of those that are kept. */
export function recordStep(record: StageRecord, steps: number, point: LossPoint): void {
  const [step] = point;
  record.steps = steps;
  const every = Math.ceil(steps / POINTS_MAX);
  if (step % every === 0 || step === steps) record.loss.push(point);
}
