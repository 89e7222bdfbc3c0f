/** Something that an operator asked for is not done, and nothing was changed. The message says why, and what to do instead. */
export class Refusal extends Error {
  constructor(problem: string) {
    super(`Nothing was changed: ${problem}.`);
    this.name = 'Refusal';
  }
}
