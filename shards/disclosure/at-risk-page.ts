import type { Clock } from '../../metrics/process/clock.js';
import type { ReturnHead } from '../../model/intent/return-head.js';
import type { InterestCodec } from '../graph/interest/state/interest-codec.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import {
  readRisk,
  type AtRiskAsked,
  type AtRiskPage,
  type ReturnRisk,
  type UserAtRisk,
} from '../graph/return-risk.js';
import { WITHHELD } from '../graph/user-consent.js';
import { isVisitor } from '../store/user-key.js';
import type { ShardStore } from '../store/store.js';

/** How long one page is looked for, and users on it at most: clicks wait no longer behind it. */
const PAGE_US = 500;
export const AT_RISK_PAGE_USERS = 256;

/** What a page is read with. */
export interface AtRiskSources {
  readonly model: {
    readonly graph: InterestGraph;
    readonly codec: InterestCodec;
    readonly returns: ReturnHead | undefined;
    readonly users: {
      readonly spareRow: number;
      rowOf(userId: string): number;
      load(userId: string): number;
      isChanged(userId: string): boolean;
    };
  };
  readonly store: Pick<ShardStore, 'user' | 'userNames'>;
  readonly clock: Pick<Clock, 'nowMs' | 'nowUs'>;
}

/** The next of the named users on disk who are about to be lost, in the store's order. Visitors, and who does not want to be known by what they do, are left out. Call between two ticks. */
export function readAtRiskPage(sources: AtRiskSources, { days, least, after }: AtRiskAsked): AtRiskPage {
  const { model, store, clock } = sources;
  const users: UserAtRisk[] = [];
  if (model.returns === undefined) return { users, after: undefined };
  const asked = { head: model.returns, days };
  const untilUs = clock.nowUs() + PAGE_US;
  for (const user of store.userNames(after)) {
    const row = isVisitor(user) ? -1 : rowOf(sources, user);
    const risk = row < 0 ? undefined : riskOf(sources, row, asked);
    if (risk !== undefined && risk.risk >= least) users.push({ user, ...risk });
    if (users.length === AT_RISK_PAGE_USERS || clock.nowUs() >= untilUs) return { users, after: user };
  }
  return { users, after: undefined };
}

function riskOf(
  { model, clock }: AtRiskSources,
  row: number,
  asked: { readonly head: ReturnHead; readonly days: number },
): ReturnRisk | undefined {
  const { facts, withheld } = model.graph.slabs;
  const isWithheld = (withheld[row] & WITHHELD.personalise) !== 0;
  return isWithheld ? undefined : readRisk(facts, row, clock.nowMs(), asked);
}

/** Where the user is; whoever is on disk alone is read into the spare row. −1 for a state that cannot be read, which whoever opens it sets aside. */
function rowOf({ model, store }: AtRiskSources, user: string): number {
  const { users, codec } = model;
  const hot = users.rowOf(user);
  if (hot >= 0) return hot;
  if (users.isChanged(user)) return users.load(user);
  const state = store.user(user);
  if (state === undefined) return -1;
  try {
    codec.decode(users.spareRow, state);
    return users.spareRow;
  } catch {
    return -1;
  }
}
