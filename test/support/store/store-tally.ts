import { decodeRecord, encodeRecord } from '../../../shards/store/journal-record.js';
import type { CommitBatch, ShardStore } from '../../../shards/store/store.js';

const SESSION_COUNT = 12;
const USER_COUNT = 5;

/** What a writer knows of its sessions: the last `seq` of each, and how many events each user has had. */
export interface Tally {
  readonly seqs: Map<string, number>;
  readonly events: Map<string, number>;
}

/** Counts what the journal says, and throws where anything else in the store disagrees with it. */
export function restoreTally(store: ShardStore): Tally {
  const tally: Tally = { seqs: new Map(), events: new Map() };
  const eventsAtCheckpoint = new Map<string, number>();
  let end = 0;
  for (const { position, count, bytes } of store.journal.from(0)) {
    if (position !== end) throw new Error(`a journal record is at ${position}, expected at ${end}`);
    const sessions = sessionsIn(bytes);
    if (sessions.length !== count)
      throw new Error(`the record at ${position} has ${sessions.length} events of ${count}`);
    for (const session of sessions) countEvent(tally, session);
    end += count;
    if (end === store.checkpoint)
      for (const [user, events] of tally.events) eventsAtCheckpoint.set(user, events);
  }
  if (end !== store.journal.end)
    throw new Error(`the journal ends at ${end}, the store says ${store.journal.end}`);
  checkAgainst(store, tally.seqs, eventsAtCheckpoint);
  return tally;
}

function checkAgainst(store: ShardStore, seqs: Map<string, number>, events: Map<string, number>): void {
  for (let session = 0; session < SESSION_COUNT; session++) {
    const name = `s${session}`;
    const seq = store.sessionSeq(userOf(session), name);
    if (seq !== seqs.get(name))
      throw new Error(`session ${name} has seq ${seq}, the journal says ${seqs.get(name)}`);
  }
  for (const { userId, bytes } of store.users()) {
    const found = Buffer.from(bytes).readUInt32LE(0);
    if (found !== events.get(userId))
      throw new Error(`${userId} has ${found} events, the journal ${events.get(userId)}`);
    events.delete(userId);
  }
  if (events.size > 0) throw new Error(`users without a state: ${[...events.keys()].join(', ')}`);
}

/** The next few events of random sessions, as a batch; now and then with all user states and a checkpoint. */
export function nextBatch(store: ShardStore, tally: Tally, random: (limit: number) => number): CommitBatch {
  const sessions = Array.from({ length: 1 + random(16) }, () => random(SESSION_COUNT));
  const entries = sessions.map((session) => {
    countEvent(tally, session);
    const name = `s${session}`;
    return { entry: 'session', user: userOf(session), session: name, seq: tally.seqs.get(name)! } as const;
  });
  const batch: CommitBatch = {
    journal: { count: entries.length, bytes: encodeRecord(entries, 0) },
    rowsFollow: true,
    sessions: [...new Set(sessions)].map((session) => {
      const sessionId = `s${session}`;
      return { userId: userOf(session), sessionId, seq: tally.seqs.get(sessionId)!, atMs: 0 };
    }),
  };
  return random(4) === 0
    ? { ...batch, rowsFollow: false, ...states(tally), checkpoint: store.journal.end + sessions.length }
    : batch;
}

/** Numbers of the sessions that a record is of, one for each event. */
function sessionsIn(bytes: Uint8Array): number[] {
  return decodeRecord(bytes).map((entry) => {
    if (entry.entry !== 'session') throw new Error(`a record has an entry of kind ${entry.entry}`);
    return Number(entry.session.slice(1));
  });
}

/** 3 kB a user, as in production, with the number of their events in front. */
function states(tally: Tally): CommitBatch {
  return {
    users: [...tally.events].map(([userId, events]) => {
      const bytes = Buffer.alloc(3_000);
      bytes.writeUInt32LE(events, 0);
      return { userId, bytes };
    }),
  };
}

function countEvent({ seqs, events }: Tally, session: number): void {
  seqs.set(`s${session}`, (seqs.get(`s${session}`) ?? 0) + 1);
  events.set(userOf(session), (events.get(userOf(session)) ?? 0) + 1);
}

function userOf(session: number): string {
  return `user ${session % USER_COUNT}`;
}
