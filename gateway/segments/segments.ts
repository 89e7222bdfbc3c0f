import { isDeepStrictEqual } from 'node:util';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { Problem } from '../protocol/validate-event.js';
import { SEGMENTS_MAX, type PostedSegment, type SegmentMove, type ShardPool } from '../../shards/api.js';
import { compileRule, type RuleNames } from './compile-rule.js';
import type { RuleForm } from './rule-form.js';
import type { KeptSegment, KeptSegments } from './kept-segments.js';

/** Numbers of segments that there will ever be: they fit into 16 bits. */
const NUMBER_MAX = 65_535;
/** Pause between a change of the catalogue and a look whether rules name what has come. */
const COMPILE_REST_MS = 1_000;

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
  /** Writes what is kept; resolves when it is on the disk. */
  readonly write: (kept: KeptSegments) => Promise<void>;
  /** Hears of who comes and goes, with ids in the place of numbers. */
  readonly moved: (move: NamedMove) => void;
}

/** A user who came into segments, or left some; `user` is their key. */
export interface NamedMove {
  readonly user: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  readonly atMs: number;
}

/**
 * The segments that there are: on disk before a change is answered, known to the shards with numbers in the place of names, and told to
 * them again when the catalogue learns a name that a rule has. Changes come one after the other.
 */
export class Segments {
  readonly #context: SegmentsContext;
  readonly #names: RuleNames;
  #kept: KeptSegments;
  #posted: readonly PostedSegment[] = [];
  #changing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(kept: KeptSegments, context: SegmentsContext) {
    const { categories, brands } = context.catalogue;
    this.#kept = kept;
    this.#context = context;
    this.#names = {
      categoryCode: (name) => categories.codeOf(name),
      brandCode: (name) => brands.codeOf(name),
      indexOf: (id) => context.catalogue.indexOf(id),
    };
    context.catalogue.onChange(() => this.#compileLater());
    if (kept.segments.length > 0) this.#post();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The number of the segment with that id; undefined when there is none. */
  numberOf(id: string): number | undefined {
    return this.#kept.segments.find((segment) => segment.id === id)?.number;
  }

  /** The id of the segment with that number; undefined for one that is gone. */
  idOf(number: number): string | undefined {
    return this.#kept.segments.find((segment) => segment.number === number)?.id;
  }

  /** Where to say who comes into the segment and leaves it. */
  webhookOf(id: string): string | undefined {
    return this.#kept.segments.find((segment) => segment.id === id)?.webhook;
  }

  /** All of them, in the order in which they were put first. */
  async list(): Promise<CountedSegment[]> {
    const { counts, isComplete } = await this.#context.pool.segmentCounts();
    return this.#kept.segments.map(({ number, ...segment }) => {
      const { users = 0, visitors = 0 } = counts.find((count) => count.segment === number) ?? {};
      return { ...segment, users, visitors, isComplete };
    });
  }

  /** Names of a segment's named users, some at a time; undefined when there is no such segment. */
  membersOf(id: string): AsyncGenerator<readonly string[]> | undefined {
    const number = this.numberOf(id);
    return number === undefined ? undefined : this.#context.pool.membersOf(number);
  }

  /** Puts a segment, or another rule in the place of the one it had. Resolves when it is on the disk. */
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
    const change = this.#changing.then(async () => {
      const kept = next(this.#kept);
      if ('code' in kept) return kept;
      await this.#context.write(kept);
      this.#kept = kept;
      this.#post();
      return undefined;
    });
    this.#changing = change.catch(() => undefined);
    return change;
  }

  #compileLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!isDeepStrictEqual(this.#compiled(), this.#posted)) this.#post();
    }, COMPILE_REST_MS).unref();
  }

  #compiled(): PostedSegment[] {
    return this.#kept.segments.map(({ number, rule }: KeptSegment) => ({
      number,
      rule: compileRule(rule, this.#names),
    }));
  }

  #post(): void {
    this.#posted = this.#compiled();
    this.#context.pool.defineSegments(this.#posted, (move) => this.#tell(move));
  }

  #tell({ user, entered, left, atMs }: SegmentMove): void {
    const ids = (numbers: readonly number[]): string[] =>
      numbers.map((number) => this.idOf(number)).filter((id) => id !== undefined);
    this.#context.moved({ user, entered: ids(entered), left: ids(left), atMs });
  }
}
