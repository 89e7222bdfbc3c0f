import type { Access } from '../access/access.js';
import type { PeerRates } from '../admission/peer-rates.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { TimeShares } from '../../metrics/process/time-share.js';
import type { TurnGate } from '../../metrics/process/turn-gate.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { AddressTimes } from '../admission/address-times.js';
import type { Channels } from './channels.js';
import type { EventIntake } from '../calls/event-intake.js';
import type { EndingLine } from './ending-line.js';
import type { HelloWatch } from './hello-watch.js';
import type { TokenWatch } from '../access/token-watch.js';
import type { SessionClaims } from './session-claims.js';
import type { ItemsListed } from './outgoing/items-listed.js';
import type { FlushQueue } from './outgoing/outbox.js';
import type { Subprotocol } from '../protocol/version.js';
import type { SlotCompiler } from '../calls/slot-compiler.js';
import type { TileVersions } from '../tiles/tile-versions.js';
import type { WireEncoder } from './outgoing/wire-encoder.js';
import type { ShardPool } from '../../shards/api.js';
import type { UserProfiles } from '../profiles/user-profiles.js';
import type { UserGraphs } from '../calls/user-graphs.js';
import type { RankCalls } from '../calls/rank-calls.js';
import type { CallWatch } from '../tracing/call-watch.js';

/** What all connections of the gateway share. */
export interface ConnectionContext {
  readonly pool: ShardPool;
  readonly channels: Channels;
  readonly intake: EventIntake;
  readonly slots: SlotCompiler;
  readonly rankCalls: RankCalls;
  readonly graphs: UserGraphs;
  readonly profiles: UserProfiles;
  readonly encoders: Readonly<Record<Subprotocol, WireEncoder>>;
  /** Of all items, as tiles show them. */
  readonly tileVersions: TileVersions;
  readonly flushes: FlushQueue;
  readonly listed: ItemsListed;
  readonly helloWatch: HelloWatch;
  /** Where many that are to be ended at once take turns. */
  readonly ending: EndingLine;
  readonly claims: SessionClaims;
  /** Who may say what. */
  readonly access: Access;
  readonly tokenWatch: TokenWatch;
  /** How much users and addresses may send. */
  readonly rates: PeerRates;
  readonly clock: Clock;
  readonly stats: ThreadStats;
  readonly watch: CallWatch;
  readonly log: Log;
  /** A session id that nobody can guess. */
  readonly newId: () => string;
  /** Announced in `welcome`. */
  readonly idleTimeoutMs: number;
  readonly heartbeatMs: number;
  /** Messages a second that one connection may send. */
  readonly messagesPerSec: number;
  /** Turns of connections that send much at once. */
  readonly turns: TurnGate;
  /** What connections take of the thread's time. */
  readonly shares: TimeShares;
  /** What addresses make the threads do. */
  readonly times: AddressTimes;
  /** Bound of a connection's outbox. */
  readonly outboxBytes: number;
}
