import type { ShardStore } from '../store/store.js';

/**
 * To be called before the model of `tag` gives a store its first state. When those in it are of another model, they are of more than
 * one from then on: whoever clicks gets a state of the new one that begins from vectors, until all are made anew (`StateRebuild`). So no
 * model counts as theirs meanwhile, and after a crash whichever serves next makes them anew, be it the one that made the others.
 */
export function markMixedStates(store: ShardStore, tag: number, fail: (error: unknown) => void): void {
  if (store.statesModel === 0 || store.statesModel === tag) return;
  store.commit({ states: { op: 'name', model: 0 } }).catch(fail);
}
