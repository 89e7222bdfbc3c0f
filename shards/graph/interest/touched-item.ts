/** What of an item the graph needs: its index, its category and brand codes (−1: none). */
export interface TouchedItem {
  item: number;
  category: number;
  brand: number;
}
