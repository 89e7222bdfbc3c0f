import { KIND_ATTRIBUTE, type CompiledFilter } from '../../model/catalogue/shared-catalogue.js';
import type { Filter, FilterTest, Slot } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { isProblem } from './event-intake.js';
import type { SlotDefinition } from '../../shards/api.js';

/** Items in a list that does not say how many. */
const DEFAULT_K = 20;
/** Name of the slot of a call that names none. */
export const DEFAULT_SLOT = 'default';

const EXCLUDE_SEEN = { none: 0, purchased: 1, viewed: 2 } as const;

/** Slot fields as `recommend` and `rank` carry them. */
export type SlotFields = Partial<Omit<Slot, 'slot'>>;

/** Turns slots of the wire into those of a shard. */
export class SlotCompiler {
  readonly #indexOf: (id: string) => number;
  readonly #compileFilter: (filter: Filter) => CompiledFilter | string;
  readonly #segmentOf: (id: string) => number | undefined;

  /**
   * @param indexOf index of an item in the catalogue; −1 for any other id.
   * @param compileFilter checks a filter and resolves its names; a text says what is wrong with it.
   * @param segmentOf number of a segment; undefined when there is none of that id.
   */
  constructor(
    indexOf: (id: string) => number,
    compileFilter: (filter: Filter) => CompiledFilter | string,
    segmentOf: (id: string) => number | undefined = () => undefined,
  ) {
    this.#segmentOf = segmentOf;
    this.#indexOf = indexOf;
    this.#compileFilter = compileFilter;
  }

  /**
   * @param base what applies where `fields` is silent: the subscribed slot of that name, when there is one.
   * @returns the definition, the caller's; or what is wrong with the filter.
   */
  compile(name: string, fields: SlotFields, base?: SlotDefinition): SlotDefinition | Problem {
    const parts = fields.filter === undefined ? base : this.#filterOf(fields.filter);
    if (typeof parts === 'string') return { code: 'invalid_field', message: parts };
    return {
      name,
      k: fields.k ?? base?.k ?? DEFAULT_K,
      filter: parts?.filter,
      ...(parts?.crossesKinds === true && { crossesKinds: true }),
      ...(parts?.segments !== undefined && { segments: parts.segments }),
      exclude: fields.exclude === undefined ? base?.exclude : this.#indices(fields.exclude),
      excludeSeen:
        fields.excludeSeen === undefined ? (base?.excludeSeen ?? 0) : EXCLUDE_SEEN[fields.excludeSeen],
      diversity: fields.diversity ?? base?.diversity ?? 0,
      explain: fields.explain ?? base?.explain ?? false,
      maxMoves: fields.maxMoves ?? base?.maxMoves ?? 0,
      minIntervalMs: fields.minIntervalMs ?? base?.minIntervalMs ?? 0,
    };
  }

  /** What of a filter is of items, and what of shoppers; a text says what is wrong. */
  #filterOf({
    segment,
    ...ofItems
  }: Filter): Pick<SlotDefinition, 'filter' | 'segments' | 'crossesKinds'> | string {
    const hasItems = segment === undefined || Object.keys(ofItems).length > 0;
    const filter = hasItems ? this.#compileFilter(ofItems) : undefined;
    if (typeof filter === 'string') return filter;
    const crossesKinds = Object.hasOwn(ofItems, KIND_ATTRIBUTE);
    if (segment === undefined) return { filter, crossesKinds };
    const segments = this.#segmentsOf(segment);
    return typeof segments === 'string' ? segments : { filter, crossesKinds, segments };
  }

  /** Numbers of the segments that a filter names, or what is wrong with it. */
  #segmentsOf(test: Filter[string]): number[] | string {
    const ids = namesIn(test);
    if (ids === undefined) return 'filter.segment: give the id of a segment, or {in: [ids]}';
    const numbers: number[] = [];
    for (const id of ids) {
      const number = this.#segmentOf(id);
      if (number === undefined) return `filter.segment: there is no segment "${id}"`;
      numbers.push(number);
    }
    return numbers;
  }

  /** All of them, or the first problem, named after its slot. */
  compileAll(slots: readonly Slot[]): SlotDefinition[] | Problem {
    const compiled: SlotDefinition[] = [];
    for (const slot of slots) {
      const definition = this.compile(slot.slot, slot);
      if (isProblem(definition))
        return { code: definition.code, message: `slot "${slot.slot}": ${definition.message}` };
      compiled.push(definition);
    }
    return compiled;
  }

  /** Ids that are not in the catalogue cannot come up, so they need no exclusion. */
  #indices(ids: readonly string[]): Int32Array {
    return Int32Array.from(ids.map(this.#indexOf).filter((index) => index >= 0));
  }
}

/** Texts that a filter compares with, one at least; undefined for any other comparison. */
function namesIn(test: Filter[string]): readonly string[] | undefined {
  if (typeof test === 'string') return [test];
  const { eq, in: members } = (typeof test === 'object' ? test : {}) as FilterTest;
  const named = members ?? (eq === undefined ? [] : [eq]);
  const isTexts = Array.isArray(named) && named.length > 0 && named.every((id) => typeof id === 'string');
  return isTexts ? named : undefined;
}
