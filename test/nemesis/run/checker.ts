import { patientlyUntil } from '../../support/patience.js';
import { checkJournals, type Held } from '../checks/check-journals.js';
import { checkStoredSeqs, checkWelcomes, type WelcomesSeen } from '../checks/check-sessions.js';
import { checkStates } from '../checks/check-states.js';
import { Ledgers } from '../checks/ledgers.js';
import { DroppedEvents } from '../checks/dropped-events.js';
import { Problems } from '../checks/problems.js';
import { ReplayCheck } from '../checks/replay-check.js';
import { areStatesWritten, readShards } from '../checks/stored-shards.js';

/** How long stored states may be behind, and merges of visitors who have left may take. */
const CATCH_UP_MS = 15_000;
const LOOK_EVERY_MS = 25;

/** Compares ledgers, journals and states of a run, again and again. */
export class Checker {
  readonly #ledgers: string;
  readonly #scratch: string;
  readonly #bundles: readonly string[];
  readonly #welcomesSeen: WelcomesSeen = new Map();
  readonly #dropped = new DroppedEvents();
  #replay: ReplayCheck | undefined;
  #heldAtDeath: Held | undefined;
  #acknowledged = 0;

  /** @param scratch folder for copies of stores. @param bundles folders of all models that may serve */
  constructor({
    ledgers,
    scratch,
    bundles,
  }: {
    readonly ledgers: string;
    readonly scratch: string;
    readonly bundles: readonly string[];
  }) {
    this.#ledgers = ledgers;
    this.#scratch = scratch;
    this.#bundles = bundles;
  }

  /** Events acknowledged by the last look. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /**
   * The gateway is dead: everything acknowledged is in the journals of `dataDir`, once and in order, and states are what their
   * journal makes of them.
   */
  async lookAtDead(dataDir: string): Promise<Problems> {
    const problems = new Problems();
    const ledgers = this.#read(problems);
    this.#heldAtDeath = checkJournals(ledgers, await this.#shards(dataDir, problems), false, problems);
    checkWelcomes(ledgers, this.#welcomesSeen, undefined, problems);
    this.#replay ??= await ReplayCheck.open(dataDir, this.#scratch, this.#bundles);
    await this.#replay.run(dataDir, problems);
    return problems;
  }

  /** The gateway lives and all is acknowledged: everything is there, in journals, sessions and states, at last. */
  async lookAtSettled(dataDir: string): Promise<Problems> {
    const welcomes = new Problems();
    const ledgers = this.#read(welcomes);
    checkWelcomes(ledgers, this.#welcomesSeen, this.#heldAtDeath, welcomes);
    this.#heldAtDeath = undefined;
    if (!welcomes.isNone) return welcomes;
    let problems = new Problems();
    const isSettled = async (): Promise<boolean> => {
      problems = await this.#compare(ledgers, dataDir);
      return problems.isNone;
    };
    await patientlyUntil(isSettled, { everyMs: LOOK_EVERY_MS, ms: CATCH_UP_MS });
    return problems;
  }

  async end(): Promise<void> {
    await this.#replay?.close();
  }

  async #compare(ledgers: Ledgers, dataDir: string): Promise<Problems> {
    const problems = new Problems();
    const shards = await this.#shards(dataDir, problems);
    const held = checkJournals(ledgers, shards, true, problems);
    checkStoredSeqs(ledgers, shards, held, problems);
    if (!areStatesWritten(shards)) problems.add('state', 'the stored states do not contain all events');
    else checkStates(ledgers, shards, { held, indexOf }, problems);
    return problems;
  }

  async #shards(dataDir: string, problems: Problems): ReturnType<typeof readShards> {
    const shards = await readShards(dataDir);
    for (const { damaged } of shards) for (const words of damaged) problems.add('other', `damaged: ${words}`);
    return this.#dropped.complete(shards, problems);
  }

  #read(problems: Problems): Ledgers {
    const ledgers = Ledgers.read(this.#ledgers);
    for (const words of ledgers.problems) problems.add('other', words);
    this.#acknowledged = ledgers.acknowledged;
    return ledgers;
  }
}

/** Items were put into the catalogue in the order of their numbers. */
function indexOf(item: string): number {
  return Number(item.slice('item-'.length));
}
