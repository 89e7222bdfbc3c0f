import type { Knee, KneeEnd, KneeStep } from '../load/knee.js';
import { ms, percent } from './load-report.js';

/** One step of a ramp, with why it did not hold. */
export function kneeStepLine(step: KneeStep, problem: string | undefined): string {
  const { ratePerSec, achievedPerSec, p50, p99, generatorCpuShare } = step;
  const figures = `${achievedPerSec.toFixed(0).padStart(6)}/s answered, p50 ${ms(p50)}, p99 ${ms(p99)} ms, generator busy ${percent(generatorCpuShare)}`;
  return `${ratePerSec.toFixed(0).padStart(6)}/s: ${figures}${problem === undefined ? '' : `: ${problem}`}`;
}

/** The knee, and why the ramp ended there. */
export function kneeReport({ best, end }: Knee, p99MaxMs: number): string {
  const ends: Readonly<Record<KneeEnd, string>> = {
    found: 'a higher one did not hold',
    client: 'THE CLIENT WAS THE LIMIT: the generator could not offer more, and the server may take more',
    steps: 'there were too many steps; begin nearer to the knee with --rate',
  };
  const found =
    best === undefined
      ? `no rate held with p99 up to ${p99MaxMs} ms: begin lower with --rate`
      : `highest rate that held: ${best.ratePerSec.toFixed(0)}/s for ${best.seconds} s, p50 ${ms(best.p50)} ms, p99 ${ms(best.p99)} ms`;
  return `${found}\n${ends[end]}`;
}
