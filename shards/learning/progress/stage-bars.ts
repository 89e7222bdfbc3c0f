import { startProgress } from '../../../metrics/process/progress.js';

/** Told what goes on: a stage's name, and how far it is (0..1). */
export type StageListener = (stage: string, share: number) => void;

export interface StageBars {
  /** Shows how far a stage is; a new name begins the next bar. */
  readonly told: StageListener;
  stop(): void;
}

/** One progress bar for each stage of a command, and a line on stderr when one begins. */
export function stageBars(): StageBars {
  let current = '';
  let bar = startProgress('', 1);
  return {
    told: (stage, share) => {
      if (stage !== current) {
        bar.stop();
        current = stage;
        process.stderr.write(`${stage} …\n`);
        bar = startProgress(stage, 1_000);
      }
      bar.update(Math.round(share * 1_000), '');
    },
    stop: () => bar.stop(),
  };
}
