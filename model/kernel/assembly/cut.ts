/** Columns of what is known of a candidate, and which of them is the weight: the first of `FEATURE_INPUTS`. */
const COLUMNS: i32 = 6;
const WEIGHT: usize = 5;
/** Bits of a key that one pass counts by, and the numbers they make. */
const DIGIT_BITS: i32 = 11;
const DIGITS: i32 = 1 << DIGIT_BITS;
/** Greater than the key of any number. */
const ABOVE_ALL: u32 = 0xffffffff;

/**
 * Keeps the `keep` candidates of greatest weight (fewer than `count`), in the order they have; of equal weights at the border the first
 * ones. `columns` are `stride` numbers apart. The items of the others go to `dropped` (int32); `counts` is scratch for 2,048 numbers.
 * Returns how many stay. A candidate is moved whether it stays or not, over the last one that did not: no branch to guess.
 */
export function cut(
  items: usize,
  columns: usize,
  stride: i32,
  count: i32,
  keep: i32,
  counts: usize,
  dropped: usize,
): i32 {
  const step = (<usize>stride) << 2;
  const weights = columns + WEIGHT * step;
  const border = keep == 0 ? ABOVE_ALL : nthLargest(weights, count, keep, counts);
  let ties = keep - above(weights, count, border);
  let to: usize = 0;
  const end = (<usize>count) << 2;
  for (let from: usize = 0; from < end; from += 4) {
    const key = keyOf(load<u32>(weights + from));
    let stays = <i32>(key > border);
    if (key == border && ties > 0) {
      stays = 1;
      ties--;
    }
    const item = load<u32>(items + from);
    store<u32>(items + to, item);
    store<u32>(dropped + (from - to), item);
    let column = columns;
    for (let c = 0; c < COLUMNS; c++, column += step) store<u32>(column + to, load<u32>(column + from));
    to += (<usize>stays) << 2;
  }
  return <i32>(to >> 2);
}

/** Bits of a float32 as a whole number of the same order. */
function keyOf(bits: u32): u32 {
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
}

function above(numbers: usize, count: i32, border: u32): i32 {
  let found = 0;
  const end = numbers + ((<usize>count) << 2);
  for (; numbers < end; numbers += 4) found += <i32>(keyOf(load<u32>(numbers)) > border);
  return found;
}

/** Key of the n-th largest (n from 1 to count), eleven bits of it at a time. */
function nthLargest(numbers: usize, count: i32, n: i32, counts: usize): u32 {
  let place = n;
  let known: u32 = 0;
  for (let top = 32; top > 0;) {
    const lowest = top > DIGIT_BITS ? top - DIGIT_BITS : 0;
    countDigits(numbers, count, counts, lowest, top, known);
    top = lowest;
    let digit = DIGITS - 1;
    for (; ; digit--) {
      const same = load<i32>(counts + ((<usize>digit) << 2));
      if (place <= same) break;
      place -= same;
    }
    known |= (<u32>digit) << lowest;
  }
  return known;
}

/** Counts the digits from bit `lowest` up to `top` of the numbers that have the bits above them in common with `known`. */
function countDigits(numbers: usize, count: i32, counts: usize, lowest: i32, top: i32, known: u32): void {
  memory.fill(counts, 0, (<usize>DIGITS) << 2);
  const mask: u32 = (1 << (top - lowest)) - 1;
  const end = numbers + ((<usize>count) << 2);
  for (; numbers < end; numbers += 4) {
    const key = keyOf(load<u32>(numbers));
    if (top < 32 && key >> top != known >> top) continue;
    const at = counts + ((<usize>((key >> lowest) & mask)) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
}
