import { visitor } from '../shards/api.js';
import { TimeShares } from '../metrics/process/time-share.js';
import { TurnGate } from '../metrics/process/turn-gate.js';
import type { FilterCache } from '../model/catalogue/filter/filter-cache.js';
import { parseFilter } from '../model/catalogue/filter/filter.js';
import { normaliseQuery } from '../model/catalogue/search/title-terms.js';
import type { AddressTimes } from './admission/address-times.js';
import { Channels } from './socket/channels.js';
import { CONNECTION_TIME } from './socket/connection.js';
import type { Deadlines } from './calls/deadlines.js';
import { EventIntake } from './calls/event-intake.js';
import type { ConnectionContext } from './socket/connection-context.js';
import { SessionClaims } from './socket/session-claims.js';
import { EndingLine } from './socket/ending-line.js';
import { HelloWatch } from './socket/hello-watch.js';
import { TokenWatch } from './access/token-watch.js';
import { PeerRates } from './admission/peer-rates.js';
import { ItemsListed } from './socket/outgoing/items-listed.js';
import { FlushQueue } from './socket/outgoing/outbox.js';
import { TileVersions } from './tiles/tile-versions.js';
import { SlotCompiler } from './calls/slot-compiler.js';
import { heartbeatMs } from './server/transport/heartbeat-time.js';
import { wireEncoders } from './socket/outgoing/wire-encoder.js';
import { WillBuy } from './profiles/will-buy.js';
import { UserProfiles } from './profiles/user-profiles.js';
import { UserGraphs, type GraphNames } from './calls/user-graphs.js';
import { RankCalls, type RankableItems, type RankTiming } from './calls/rank-calls.js';
import type { GatewayContext } from './gateway-context.js';

/** How long messages are carried out in one turn of the event loop; and those of the greedy, and those that waited. */
const MESSAGES_TURN_US = 2_000;
const MESSAGES_LINE_US = 300;
/** Of three nodes one in three sessions is this node's. */
const SESSION_TRIES_MAX = 16;

/** What of it calls over HTTP share, too. */
export interface SharedSources {
  readonly filters: FilterCache;
  readonly times: AddressTimes;
  readonly deadlines: Deadlines;
  readonly names: GraphNames;
  readonly items: RankableItems;
}

/** What all connections share. */
export function sharedByConnections(context: GatewayContext, parts: SharedSources): ConnectionContext {
  const { access, catalogue, clock, config, log, meaning, pool, search, segments, stats, watch } = context;
  const { idleTimeoutMs, messagesPerSec, outboxBytes } = config;
  const indexOf = (id: string): number => catalogue.indexOf(id);
  const idOf = (index: number): string => catalogue.idOf(index);
  const slots = new SlotCompiler(
    indexOf,
    (filter) => {
      const checked = parseFilter(filter);
      return 'problem' in checked ? checked.problem : parts.filters.compile(checked.filter);
    },
    (id) => segments.numberOf(id),
  );
  const ending = new EndingLine();
  return {
    pool,
    clock,
    stats,
    watch,
    log,
    slots,
    idleTimeoutMs,
    heartbeatMs: heartbeatMs(idleTimeoutMs),
    messagesPerSec,
    turns: new TurnGate(clock, MESSAGES_TURN_US, MESSAGES_LINE_US),
    shares: new TimeShares(CONNECTION_TIME),
    times: parts.times,
    outboxBytes,
    channels: new Channels(pool),
    intake: new EventIntake(
      clock,
      { indexOf, everIndexOf: (id) => catalogue.everIndexOf(id) },
      {
        normaliseQuery,
        search: (query, count) => meaning.withMeaning(query, search.hits(query, count), count),
      },
      context.market.campaigns,
    ),
    rankCalls: rankCalls(context, parts, slots),
    encoders: wireEncoders(
      idOf,
      (index) => catalogue.item(index),
      (number) => segments.idOf(number) ?? '',
    ),
    tileVersions: TileVersions.of(catalogue),
    graphs: new UserGraphs(pool, parts.names),
    profiles: new UserProfiles(pool, parts.names, {
      willBuy: willBuy(context),
      segmentOf: (number) => segments.idOf(number),
    }),
    flushes: new FlushQueue(clock),
    listed: new ItemsListed(catalogue.shared.itemMax),
    helloWatch: new HelloWatch(clock, ending),
    ending,
    claims: new SessionClaims(),
    access,
    tokenWatch: new TokenWatch(clock, ending),
    rates: new PeerRates(config),
    newId: () => newSession(context),
  };
}

/** The session of a visitor whom this node of a cluster answers for itself, as a rule: their clicks need no hop. */
function newSession({ access, pool }: GatewayContext): string {
  let session = access.sessions.issue();
  for (let tries = 1; tries < SESSION_TRIES_MAX && pool.ownerUrl(visitor(session)) !== undefined; tries++)
    session = access.sessions.issue();
  return session;
}

function willBuy({ catalogue, models }: GatewayContext): WillBuy {
  return new WillBuy(
    () => models.purchaseHead,
    (item) => catalogue.item(item)?.category,
  );
}

function rankCalls(
  context: GatewayContext,
  { deadlines, items }: SharedSources,
  slots: SlotCompiler,
): RankCalls {
  const { clock, config, pool, stats } = context;
  const { networkAllowanceMs } = config;
  const timing: RankTiming = { deadlines, clock, stats, networkAllowanceMs };
  return new RankCalls(slots, items, timing, () => pool.model);
}
