/**
 * The n-th largest of the first `count` numbers (n from 1 to count), by quickselect; reorders them. Linear on average.
 */
export function nthLargest(numbers: Float32Array, count: number, n: number): number {
  let low = 0;
  let high = count - 1;
  const place = n - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (numbers[i] > pivot) i++;
      while (numbers[j] < pivot) j--;
      if (i > j) break;
      const swapped = numbers[i];
      numbers[i++] = numbers[j];
      numbers[j--] = swapped;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else break;
  }
  return numbers[place];
}
