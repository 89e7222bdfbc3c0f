/** The one list that shoppers of a shard without sockets ask for, as the shard is given it. */
export const SLOT = {
  name: 'home',
  k: 20,
  excludeSeen: 0,
  diversity: 0,
  explain: false,
  maxMoves: 0,
  minIntervalMs: 0,
};
/** Kind of their clicks; `EVENT_KIND.view_item`. */
export const VIEW_ITEM = 3;
