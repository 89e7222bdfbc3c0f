// Random numbers for made-up shops, the same in every run.

let state = 1;

/** From 0 to below 1 (xorshift, 32 bits). */
export function uniform() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4294967296;
}

/** Rank 0 … n − 1 with a probability of about 1 / (rank + 20). */
export const zipf = (n) => Math.min(n - 1, Math.floor(20 * ((n / 20 + 1) ** uniform() - 1)));
