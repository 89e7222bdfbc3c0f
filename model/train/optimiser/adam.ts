const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * Adam (Kingma and Ba 2015) over one tensor, in place. `row` updates a part alone: moments of rows that a step does not
 * touch stay as they are ("lazy"), which is what makes a large item table cheap.
 */
export class Adam {
  /** Both moments, of the length of the values; live. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly #values: Float32Array;
  #rate = 0;

  constructor(values: Float32Array) {
    this.#values = values;
    this.first = new Float32Array(values.length);
    this.second = new Float32Array(values.length);
  }

  /** Sets the learning rate of step `step` (1, 2, …), with the bias of both moments taken out. */
  begin(step: number, rate: number): void {
    this.#rate = (rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  }

  /** Applies `gradient` to the values from `at` on. */
  row(at: number, gradient: Float32Array): void {
    const { first, second } = this;
    const values = this.#values;
    const rate = this.#rate;
    for (let i = 0; i < gradient.length; i++) {
      const g = gradient[i];
      const m = (first[at + i] += (1 - BETA1) * (g - first[at + i]));
      const v = (second[at + i] += (1 - BETA2) * (g * g - second[at + i]));
      values[at + i] -= (rate * m) / (Math.sqrt(v) + EPSILON);
    }
  }
}

/** Learning rate factor: linear warm-up, then half a cosine down to `final`. */
export function scheduleFactor(step: number, steps: number, warmup: number, final: number): number {
  if (step < warmup) return (step + 1) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
