/**
 * The `max` items of highest score, best first, the lower index first among equals. `scores` is by item index.
 * A heap of the best so far, its worst on top: O(items × log max).
 */
export function topItems(items: readonly number[], scores: Float32Array, max: number): Int32Array {
  const heap = new Int32Array(Math.min(Math.max(max, 0), items.length));
  let size = 0;
  for (const item of items) {
    if (size < heap.length) {
      heap[size] = item;
      siftUp(heap, size++, scores);
    } else if (size > 0 && isBetter(item, heap[0], scores)) {
      heap[0] = item;
      siftDown(heap, size, scores);
    }
  }
  return heap.sort((a, b) => (isBetter(a, b, scores) ? -1 : 1));
}

function isBetter(a: number, b: number, scores: Float32Array): boolean {
  return scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
}

function siftUp(heap: Int32Array, from: number, scores: Float32Array): void {
  for (let child = from; child > 0;) {
    const parent = (child - 1) >> 1;
    if (!isBetter(heap[parent], heap[child], scores)) return;
    swap(heap, parent, child);
    child = parent;
  }
}

function siftDown(heap: Int32Array, size: number, scores: Float32Array): void {
  for (let parent = 0; ;) {
    let worst = parent;
    for (let child = 2 * parent + 1; child <= 2 * parent + 2 && child < size; child++) {
      if (isBetter(heap[worst], heap[child], scores)) worst = child;
    }
    if (worst === parent) return;
    swap(heap, parent, worst);
    parent = worst;
  }
}

function swap(heap: Int32Array, a: number, b: number): void {
  const held = heap[a];
  heap[a] = heap[b];
  heap[b] = held;
}
