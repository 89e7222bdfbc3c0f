import { isDeepStrictEqual } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../metrics/process/log.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { Problem } from '../protocol/validate-event.js';
import {
  OverloadedError,
  SEGMENTS_MAX,
  type PostedSegment,
  type SegmentMove,
  type ShardPool,
} from '../../shards/api.js';
import { compileRule, type RuleNames } from './compile-rule.js';
import type { RuleForm } from './rule-form.js';
import { sizeProblem, type KeptSegment, type KeptSegments } from './kept-segments.js';
import type { NotedSegments, SegmentStore } from './segment-store.js';

/** Numbers of segments that there will ever be: they fit into 16 bits. */
const NUMBER_MAX = 65_535;
/** Pause between a change of the catalogue and a look whether rules name what has come. */
const COMPILE_REST_MS = 1_000;
/** Times that a change is made anew because others were faster, and the pause before each, ms: a server may be behind for a moment. */
const TRIES_MAX = 20;
const TRY_REST_MS = 50;

/** What is said of a segment when it is put. */
export interface SegmentForm {
  readonly name?: string | undefined;
  readonly rule: RuleForm;
  /** Where to say who comes and leaves. */
  readonly webhook?: string | undefined;
}

/** A segment, and how many are in it. */
export interface CountedSegment extends SegmentForm {
  readonly id: string;
  /** Named users and visitors who are in it, those found so far. */
  readonly users: number;
  readonly visitors: number;
  /** False while users are still being looked at. */
  readonly isComplete: boolean;
}

/** What segments need around them. */
export interface SegmentsContext {
  readonly pool: Pick<ShardPool, 'defineSegments' | 'segmentCounts' | 'membersOf'>;
  readonly catalogue: Pick<Catalogue, 'categories' | 'brands' | 'indexOf' | 'onChange'>;
  readonly store: SegmentStore;
  /** Hears of who comes and goes, with ids in the place of numbers. */
  readonly moved: (move: NamedMove) => void;
  readonly log: Pick<Log, 'warn'>;
}

/** A user who came into segments, or left some; `user` is their key. */
export interface NamedMove {
  readonly user: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  readonly atMs: number;
}

/**
 * The segments that there are: durable before a change is answered, known to the shards with numbers in the place of names, and told to
 * them again when the catalogue learns a name that a rule has. Changes come one after the other. Of a cluster all nodes have the same, with
 * the same numbers: a change is one of them, whoever makes it, and the others see it within half a second.
 */
export class Segments {
  readonly #context: SegmentsContext;
  readonly #names: RuleNames;
  #noted: NotedSegments;
  #posted: readonly PostedSegment[] = [];
  #changing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #looks: NodeJS.Timeout | undefined;
  #isLooking = false;

  private constructor(noted: NotedSegments, context: SegmentsContext) {
    const { categories, brands } = context.catalogue;
    this.#noted = noted;
    this.#context = context;
    this.#names = {
      categoryCode: (name) => categories.codeOf(name),
      brandCode: (name) => brands.codeOf(name),
      indexOf: (id) => context.catalogue.indexOf(id),
    };
    context.catalogue.onChange(() => this.#compileLater());
    const { revision, kept } = noted;
    if (revision > 0 || kept.segments.length > 0) this.#post();
    const { lookEveryMs } = context.store;
    if (lookEveryMs > 0) this.#looks = setInterval(() => void this.#lookAgain(), lookEveryMs).unref();
  }

  /** Goes on with those that are kept. Rejects when they cannot be read. */
  static async open(context: SegmentsContext): Promise<Segments> {
    return new Segments(await context.store.read(), context);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#looks);
  }

  /** The number of the segment with that id; undefined when there is none. */
  numberOf(id: string): number | undefined {
    return this.#noted.kept.segments.find((segment) => segment.id === id)?.number;
  }

  /** The id of the segment with that number; undefined for one that is gone. */
  idOf(number: number): string | undefined {
    return this.#noted.kept.segments.find((segment) => segment.number === number)?.id;
  }

  /** Where to say who comes into the segment and leaves it. */
  webhookOf(id: string): string | undefined {
    return this.#noted.kept.segments.find((segment) => segment.id === id)?.webhook;
  }

  /** All of them, in the order in which they were put first. */
  async list(): Promise<CountedSegment[]> {
    await this.#look();
    const { counts, isComplete } = await this.#context.pool.segmentCounts();
    return this.#noted.kept.segments.map(({ number, ...segment }) => {
      const { users = 0, visitors = 0 } = counts.find((count) => count.segment === number) ?? {};
      return { ...segment, users, visitors, isComplete };
    });
  }

  /** Names of a segment's named users, some at a time; undefined when there is no such segment. */
  async membersOf(id: string): Promise<AsyncGenerator<readonly string[]> | undefined> {
    await this.#look();
    const number = this.numberOf(id);
    return number === undefined ? undefined : this.#context.pool.membersOf(number);
  }

  /** Puts a segment, or another rule in the place of the one it had. Resolves when it is durable; rejects with an `OverloadedError` when it may not be. */
  put(id: string, form: SegmentForm): Promise<Problem | undefined> {
    return this.#change(({ last, segments }) => {
      const at = segments.findIndex((segment) => segment.id === id);
      if (at >= 0) return { last, segments: segments.with(at, { ...form, id, number: segments[at].number }) };
      if (segments.length === SEGMENTS_MAX || last === NUMBER_MAX)
        return { code: 'too_many', message: `there are ${SEGMENTS_MAX} segments at most` };
      return { last: last + 1, segments: [...segments, { ...form, id, number: last + 1 }] };
    });
  }

  /** Takes a segment away. False when there was none. */
  async remove(id: string): Promise<boolean> {
    let isThere = false;
    await this.#change(({ last, segments }) => {
      isThere = segments.some((segment) => segment.id === id);
      return { last, segments: segments.filter((segment) => segment.id !== id) };
    });
    return isThere;
  }

  #change(next: (kept: KeptSegments) => KeptSegments | Problem): Promise<Problem | undefined> {
    const change = this.#changing.then(() => this.#make(next));
    this.#changing = change.catch(() => undefined);
    return change;
  }

  async #make(next: (kept: KeptSegments) => KeptSegments | Problem): Promise<Problem | undefined> {
    const { store } = this.#context;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      this.#take(await store.read());
      const kept = next(this.#noted.kept);
      if ('code' in kept) return kept;
      const problem = sizeProblem(kept, this.#noted.kept);
      if (problem !== undefined) return problem;
      const revision = await store.write(kept, this.#noted.revision);
      if (revision !== undefined) return this.#take({ kept, revision });
      await pause(TRY_REST_MS);
    }
    throw new OverloadedError('others change segments all the time; try again');
  }

  async #lookAgain(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#look();
    this.#isLooking = false;
  }

  /** Sees what others have changed; while that cannot be read, what was seen last holds. */
  async #look(): Promise<void> {
    try {
      this.#take(await this.#context.store.read());
    } catch (error) {
      this.#context.log.warn({ err: error }, 'the segments of the cluster could not be read; tried again');
    }
  }

  /** What is older than what is known already changes nothing. */
  #take(noted: NotedSegments): undefined {
    if (noted.revision <= this.#noted.revision) return;
    this.#noted = noted;
    this.#post();
  }

  #compileLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!isDeepStrictEqual(this.#compiled(), this.#posted)) this.#post();
    }, COMPILE_REST_MS).unref();
  }

  #compiled(): PostedSegment[] {
    return this.#noted.kept.segments.map(({ number, rule }: KeptSegment) => ({
      number,
      rule: compileRule(rule, this.#names),
    }));
  }

  #post(): void {
    this.#posted = this.#compiled();
    const { revision } = this.#noted;
    this.#context.pool.defineSegments({ revision, segments: this.#posted }, (move) => this.#tell(move));
  }

  #tell({ user, entered, left, atMs }: SegmentMove): void {
    const ids = (numbers: readonly number[]): string[] =>
      numbers.map((number) => this.idOf(number)).filter((id) => id !== undefined);
    this.#context.moved({ user, entered: ids(entered), left: ids(left), atMs });
  }
}
