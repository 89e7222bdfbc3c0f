import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { named, visitor, type UserKey } from '../../../shards/store/user-key.js';
import { type LedgerLine, parseLedger } from '../clients/ledger-line.js';

type Sent = Extract<LedgerLine, { k: 'sent' }>;
type Posted = Extract<LedgerLine, { k: 'posted' }>;

/** A session by the ledger of its client. */
export interface LedgerSession {
  readonly id: string;
  /** Undefined while it is a visitor's. */
  user: string | undefined;
  /** By `seq − 1`. */
  readonly sent: Sent[];
  /** Highest `seq` acknowledged, by an `ack` or a `welcome`. */
  acked: number;
  isLeft: boolean;
  readonly welcomes: WelcomeSeq[];
}

/** What a `welcome` said, and what the client knew then. */
export interface WelcomeSeq {
  readonly seq: number;
  readonly acked: number;
  readonly sent: number;
}

/** An event over HTTP. */
export interface LedgerPost extends Posted {
  isAnswered: boolean;
  /** True when nothing of it may be kept. */
  readonly isWithheld: boolean;
}

/** Whose event it is: a visitor's who passes by, or a named user's. */
export function posterOf({ user, isPassing }: Posted): UserKey {
  return isPassing === true ? visitor(user) : named(user);
}

/** How far a user is erased: somebody of whom it is asked may be there wholly, or gone. */
export type Erasure = 'asked' | 'done';

/** All ledgers of a run. */
export class Ledgers {
  readonly sessions = new Map<string, LedgerSession>();
  /** By idempotence key. */
  readonly posts = new Map<string, LedgerPost>();
  readonly problems: string[] = [];
  /** By user; who is not among them is to stay. */
  readonly erasures = new Map<string, Erasure>();
  readonly #withheld = new Set<string>();

  static read(folder: string): Ledgers {
    const ledgers = new Ledgers();
    for (const name of readdirSync(folder)) {
      let session: LedgerSession | undefined;
      for (const line of parseLedger(readFileSync(join(folder, name), 'utf8')))
        session = ledgers.#take(line, session);
    }
    return ledgers;
  }

  /** Events that were acknowledged. */
  get acknowledged(): number {
    let count = 0;
    for (const { acked, sent } of this.sessions.values()) count += Math.min(acked, sent.length);
    for (const { isAnswered } of this.posts.values()) if (isAnswered) count++;
    return count;
  }

  #take(line: LedgerLine, session: LedgerSession | undefined): LedgerSession | undefined {
    switch (line.k) {
      case 'session': {
        const begun = { id: line.session, user: line.user, sent: [], acked: 0, isLeft: false, welcomes: [] };
        this.sessions.set(line.session, begun);
        return begun;
      }
      case 'posted':
        this.posts.set(line.id, { ...line, isAnswered: false, isWithheld: this.#withheld.has(line.user) });
        return session;
      case 'withholding':
        return session;
      case 'withheld':
        this.#withheld.add(line.user);
        return session;
      case 'erasing':
      case 'erased':
        this.erasures.set(line.user, line.k === 'erasing' ? 'asked' : 'done');
        return session;
      case 'answered':
        this.posts.get(line.id)!.isAnswered = true;
        return session;
      case 'problem':
        this.problems.push(line.words);
        return session;
      default:
        if (session !== undefined) takeOf(session, line);
        return session;
    }
  }
}

function takeOf(session: LedgerSession, line: LedgerLine): void {
  if (line.k === 'user') session.user = line.user;
  else if (line.k === 'sent') session.sent.push(line);
  else if (line.k === 'left') session.isLeft = true;
  else if (line.k === 'acked') session.acked = Math.max(session.acked, line.seq);
  else if (line.k === 'welcome')
    session.welcomes.push({ seq: line.seq, acked: session.acked, sent: session.sent.length });
}
