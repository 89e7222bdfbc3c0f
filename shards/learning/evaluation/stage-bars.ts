import { startProgress } from '../../../metrics/process/progress.js';

export interface StageBars {
  /** Shows how far a stage is (0..1); a new name begins the next bar. */
  told(stage: string, share: number): void;
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
