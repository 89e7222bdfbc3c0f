import { invariant } from '../../metrics/invariant.js';

// The limits of a shard that depend on each other. Those of one message are the gateway's (`gateway/protocol/limits.ts`); a
// test compares the two.

/** Users in one run of the model, and in one round. */
export const BATCH_USERS = 32;

/** Bounds of one user's graph; `docs/decisions` says why these. */
export const GRAPH_BOUNDS = { nodes: 32, edges: 64, clicks: 24, seen: 128 } as const;

/**
 * Candidates that are scored for a list, recall against time (`docs/decisions/0016-candidates.md`): after one click few
 * things are likely, and a longer session speaks for more of them.
 */
export const KEPT_AT_LEAST = 96;
export const KEPT_PER_CLICK = 16;
export const KEPT_AT_MOST = 128;
/** As `KEPT_AT_MOST` where a list is wide: it is longer than `NARROW_K`, or a filter lets few of them into it. */
export const KEPT_FOR_WIDE = 256;
export const NARROW_K = 40;
/** Among these, items of other kinds that the user's interests lead to, where a filter asks for a kind. */
export const LINKED_KEPT = 64;
/** Candidates collected before the cut. */
export const COLLECTED_MAX = 1_536;
/** Candidates of one `rank` call. */
export const RANK_MAX = 2_048;
/** Candidates that are scored in a round, all users together: how long the first of them waits for the last. */
export const ROUND_CANDIDATES = 8_192;
/**
 * What a tick takes on before it commits and looks at what has arrived meanwhile: calls carried out, and time. What waits
 * beyond that is for the next tick. A tick has one round at least.
 */
export const TICK_CALLS = 128;
export const TICK_US = 5_000;
/** How long a round of such a tick may take, as far as can be told before it, so that nobody waits behind long lists of many others. */
export const ROUND_US = 10_000;
/**
 * The same for a round of the greedy, whom others come before: what comes meanwhile waits for one such round, and for the job that
 * takes longer. While others always wait, the greedy have a round so often.
 */
export const GREEDY_ROUND_US = 1_000;
export const GREEDY_WAIT_US = 10_000;
/** A round that takes longer than this, as far as can be told, takes no more questions on. */
export const RANKS_ROUND_US = 2_000;
/** Calls of one user that come to nothing and are carried out in one turn, such as repeats. */
export const TURN_CALLS = 32;
/** Items around an item that are looked through for one list. */
export const RELATED_MAX = 256;
/** Items of one answer that get reasons, best first: one takes as long as scoring three candidates, and 700 bytes of the answer. */
export const REASONS_MAX = 100;
/** Longest list. */
export const K_MAX = 1_000;

/** Nodes of one event that do not fold: the item's, its category's and brand's, the last clicked item's; and that of everything else. */
const PINNED_NODES = 5;

invariant(PINNED_NODES < GRAPH_BOUNDS.nodes, 'in a full graph there is no node that may fold');
invariant(KEPT_AT_LEAST <= KEPT_AT_MOST, 'a short session keeps more candidates than a long one');
invariant(KEPT_AT_MOST <= KEPT_FOR_WIDE, 'a narrow list keeps more candidates than a wide one');
invariant(LINKED_KEPT < KEPT_FOR_WIDE, 'items of other kinds leave no room for what the graphs propose');
invariant(KEPT_FOR_WIDE <= COLLECTED_MAX, 'more candidates are kept than are collected');
invariant(KEPT_FOR_WIDE <= RANK_MAX, 'a list has more candidates than the scorer has room for');
invariant(K_MAX <= RANK_MAX, 'a list may be longer than all that are ranked for it');
invariant(RANK_MAX <= ROUND_CANDIDATES, 'one rank call fits into no round');
invariant(BATCH_USERS * KEPT_FOR_WIDE <= ROUND_CANDIDATES, 'a full batch of lists does not fit into a round');
