import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { LogPlace } from '../../model/catalogue/catalogue-journal.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { ItemCommand, ItemOutcome, ItemOutcomes, WriteOrder } from '../../model/catalogue/write-plan.js';
import { appendSurely, type Waiting } from '../journal/append-surely.js';
import { checksumOf, isWhole } from '../journal/checked-message.js';
import type { OwnerName } from '../journal/journal-writer.js';
import type { PartitionStream, StoredMessage } from '../journal/partition-stream.js';
import { readSome } from '../journal/read-some.js';
import { decodeCatalogueMessage, encodeCatalogueMessage, readCommand } from './catalogue-message.js';
import { checkLog } from './check-log.js';
import { digestAfter, type CarriedOut } from './outcome-digest.js';
import { WaitingCommands } from './waiting-commands.js';

/** What a log is carried out on. */
export interface LogGround {
  readonly stream: PartitionStream;
  readonly catalogue: Pick<Catalogue, 'carryOut' | 'codeCount' | 'orderBy' | 'place' | 'save'>;
  /** Fingerprint of the catalogue that the log begins with, `place` aside. */
  readonly base: string;
  readonly owner: OwnerName;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly pause: (ms: number) => Promise<void>;
  /** How long a command is waited for. */
  readonly patienceMs?: number;
}

/** A message of this node that is not known to be in the log yet. */
interface UnderWay {
  readonly bytes: Uint8Array;
  readonly sent: ReturnType<WaitingCommands['send']>;
}

/** How often the stream is looked at while nobody says that there is more. */
const LOOK_MS = 1_000;
/** After a look, or a write to the disk, that failed; and for a replica that does not have yet what others say they have. */
const RETRY_MS = 200;
const BEHIND_MS = 10;
const PATIENCE_MS = 10_000;
/** Messages read at once: each is a few milliseconds of work. */
const MESSAGES_A_READ = 32;

/**
 * The order of the changes of a cluster's catalogue: a stream whose messages every node carries out one after the other, from the same
 * catalogue on, so that indices of items and codes of values are the same on all of them. Any node appends, each message behind the last one
 * that it has carried out: whoever comes second carries out the other's first and tries again behind it.
 *
 * A command is answered when its message is on the disks of a majority of the servers and carried out here; the place in the log is kept in the
 * transaction of what was carried out. All of a message is carried out or nothing; a command of many items is several messages.
 *
 * Whoever may write to the stream can put there what no node wrote. What does not fit its checksum is passed over by every node alike, for
 * otherwise nothing behind it would ever be carried out, and no node could start; what fits and cannot be read is another version's, and waited with.
 */
export class CatalogueLog implements WriteOrder, Service {
  readonly #ground: LogGround;
  readonly #waiting: WaitingCommands;
  #place: LogPlace;
  #number = 0;
  /** The last message that another node says it has carried out. */
  #heard = 0;
  #underWay: UnderWay | undefined;
  /** Another node was faster, and may be so again: what it has appended meanwhile is carried out before the next try, all at once. */
  #isOvertaken = false;
  /** False while something was carried out that is not on the disk. */
  #isSaved = true;
  /** False once another node has told of something else after the same message. */
  #isSame = true;
  #isStopped = false;
  #hurry: () => void = () => undefined;
  #carriedOut: () => void = () => undefined;
  #over: Promise<void> = Promise.resolve();

  private constructor(ground: LogGround) {
    const { base, catalogue, patienceMs = PATIENCE_MS } = ground;
    this.#ground = ground;
    this.#waiting = new WaitingCommands(patienceMs);
    this.#place = catalogue.place ?? { base, sequence: 0, checksum: 0, digest: 0 };
  }

  /**
   * Carries out all that the stream has now, and goes on with what comes; from now on it orders the catalogue's writes. Rejects as `checkLog`, and
   * when the disk does not take what was carried out.
   */
  static async open(ground: LogGround): Promise<CatalogueLog> {
    const log = new CatalogueLog(ground);
    const through = await checkLog(ground.stream, log.#place, log.#patience);
    while (log.sequence < through) {
      const next = log.sequence + 1;
      await log.#takeAll(await readSome(ground.stream, { next, through }, ground.pause));
    }
    ground.catalogue.orderBy(log);
    log.#over = log.#run();
    return log;
  }

  /** Sequence of the last message that was carried out here. */
  get sequence(): number {
    return this.#place.sequence;
  }

  get length(): number {
    return this.#waiting.length;
  }

  async add<C extends ItemCommand>(command: C): Promise<ItemOutcomes[C['op']][]> {
    const outcomes = this.#waiting.add(command);
    this.#hurry();
    return (await outcomes) as ItemOutcomes[C['op']][];
  }

  /** What this node tells others. */
  get carriedOut(): CarriedOut {
    const { sequence, digest } = this.#place;
    return { sequence, digest };
  }

  /** Another node says that it has carried out so much; whether there is so much the next look asks. */
  heard(node: string, { sequence, digest }: CarriedOut): void {
    if (sequence === this.sequence && digest !== this.#place.digest) this.#tellDifference(node);
    this.#heard = Math.max(this.#heard, sequence);
    if (sequence > this.sequence) this.#hurry();
  }

  /** Calls `listener` whenever messages were carried out. */
  onCarriedOut(listener: () => void): void {
    this.#carriedOut = listener;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#hurry();
    await this.#over;
  }

  /** Whatever fails is tried again: what is in the log has to be carried out, and nothing behind it before. */
  async #run(): Promise<void> {
    const { log } = this.#ground;
    while (!this.#isStopped) {
      try {
        await this.#step();
      } catch (error) {
        log.error({ err: error }, 'changes of the catalogue could not be carried out; tried again');
        await this.#rest(RETRY_MS);
      }
    }
    this.#waiting.refuseAll(this.#underWay?.sent ?? []);
  }

  async #step(): Promise<void> {
    if (!this.#isSaved) await this.#save();
    if (!this.#isOvertaken && (this.#underWay !== undefined || this.#waiting.length > 0))
      return this.#append();
    this.#isOvertaken = false;
    const found = await this.#ground.stream.read(this.sequence + 1, MESSAGES_A_READ);
    await this.#takeAll(found);
    if (found.length > 0 || this.#underWay !== undefined || this.#waiting.length > 0) return;
    await this.#rest(this.#heard > this.sequence ? await this.#behindMs() : LOOK_MS);
  }

  /** When to look again for what was heard of, of which the stream's leader has to know: anybody may say anything. */
  async #behindMs(): Promise<number> {
    const heard = this.#heard;
    const bounds = await this.#ground.stream.bounds().catch(() => undefined);
    if (bounds !== undefined && heard === this.#heard) this.#heard = Math.min(heard, bounds.last);
    this.#noteBehind();
    if (bounds === undefined) return RETRY_MS;
    return this.#heard > this.sequence ? BEHIND_MS : LOOK_MS;
  }

  /** Appends what waits, behind whatever others append meanwhile, and carries out both. */
  async #append(): Promise<void> {
    const { bytes, sent } = (this.#underWay ??= this.#nextMessage());
    const next = this.sequence + 1;
    const outcome = await appendSurely(
      this.#ground.stream,
      { bytes, expectedLast: next - 1 },
      this.#patience,
    );
    if (outcome.kind === 'closed') return;
    const isOurs = outcome.kind === 'acknowledged';
    const stored = isOurs ? bytes : outcome.by;
    if (stored === undefined) throw new Error(`the NATS servers do not have change ${next} any more`);
    const outcomes = await this.#carryOut({ sequence: next, bytes: stored });
    this.#isOvertaken = !isOurs;
    if (!isOurs) return;
    this.#underWay = undefined;
    WaitingCommands.answer(sent, outcomes);
  }

  #nextMessage(): UnderWay {
    const { clock, owner } = this.#ground;
    const sent = this.#waiting.send();
    const commands = sent.map(({ written }) => written);
    const bytes = encodeCatalogueMessage({
      ...owner,
      number: ++this.#number,
      nowMs: clock.nowMs(),
      commands,
    });
    return { bytes, sent };
  }

  async #takeAll(found: readonly StoredMessage[]): Promise<void> {
    for (const stored of found) await this.#carryOut(stored);
    if (!this.#isSaved) await this.#save();
  }

  /** Carries out the message that comes next. Rejects when it is another one, or one that this build does not read. */
  async #carryOut({ sequence, bytes }: StoredMessage): Promise<ItemOutcome[][]> {
    const { catalogue } = this.#ground;
    const next = this.sequence + 1;
    if (sequence !== next)
      throw new Error(`change ${sequence} of the catalogue follows where ${next} is due`);
    const outcomes = isWhole(bytes) ? await this.#carryOutWhole(bytes) : this.#passOver(sequence, bytes);
    const { base, digest } = this.#place;
    this.#place = {
      base,
      sequence,
      checksum: checksumOf(bytes),
      digest: digestAfter(digest, outcomes, catalogue.codeCount),
    };
    this.#isSaved = false;
    this.#noteBehind();
    this.#carriedOut();
    return outcomes;
  }

  async #carryOutWhole(bytes: Uint8Array): Promise<ItemOutcome[][]> {
    const { bites, catalogue } = this.#ground;
    const { commands: written, nowMs } = decodeCatalogueMessage(bytes);
    const rest = async (): Promise<void> => {
      if (bites.isOver) await bites.rest();
    };
    const commands: ItemCommand[] = [];
    for (const one of written) commands.push(await readCommand(one, rest));
    return catalogue.carryOut(commands, nowMs);
  }

  #passOver(sequence: number, { length }: Uint8Array): [] {
    const { log, stats } = this.#ground;
    stats.count(COUNTER.catalogueMessagesPassed);
    log.error(
      { sequence, bytes: length },
      'a message that no node wrote is in the log of the catalogue: passed over',
    );
    return [];
  }

  async #save(): Promise<void> {
    await this.#ground.catalogue.save(this.#place);
    this.#isSaved = true;
  }

  #tellDifference(node: string): void {
    const { log, stats } = this.#ground;
    if (!this.#isSame) return;
    this.#isSame = false;
    stats.gauge(GAUGE.catalogueDiffers, 1);
    log.error({ node, sequence: this.sequence }, 'the catalogue of this node is not that of another one');
  }

  #noteBehind(): void {
    this.#ground.stats.gauge(GAUGE.catalogueBehind, Math.max(0, this.#heard - this.sequence));
  }

  get #patience(): Waiting {
    return { pause: this.#ground.pause, isClosed: () => this.#isStopped };
  }

  async #rest(ms: number): Promise<void> {
    const hurried = new Promise<void>((resolve) => (this.#hurry = resolve));
    if (!this.#isStopped) await Promise.race([this.#ground.pause(ms), hurried]);
  }
}
