import { IANAZone } from 'luxon';
import { z } from 'zod';
import { defineOptions, type OptionValues } from '../../metrics/process/options.js';
import { EVENT_KIND, type EventKind } from '../scorer/event-kinds.js';
import { eventKindNamed } from './event-names.js';

/** What a name is mapped to when its lines are to be left out. */
export const IGNORED = 'ignore';

/** Kinds of events by the names that a shop gives them; `IGNORED` for those that are left out. */
export type EventMap = ReadonlyMap<string, EventKind | typeof IGNORED>;

/**
 * Flags of every command that reads tables: what a file means that does not say it itself. None of them is guessed, for a
 * wrong guess gives a model that is wrong and says nothing.
 */
export const readingOptions = defineOptions({
  eventMap: {
    schema: z.string().transform(readEventMap),
    fallback: new Map() as EventMap,
    help: `What a table's own names of events mean, such as "Product Viewed=view_item,page_view=${IGNORED}"; ${IGNORED} leaves the lines out.`,
  },
  timeFormat: {
    schema: z
      .string()
      .refine((format) => /y|x|X/.test(format), 'it has to contain the year, such as yyyy')
      .optional(),
    fallback: undefined,
    help: 'How times are written that are neither numbers nor ISO 8601, in the tokens of Luxon: dd/MM/yyyy HH:mm is day first, MM/dd/yyyy month first.',
  },
  timeZone: {
    schema: z.string().refine(isZone, 'it is no time zone; write UTC, or a name such as Europe/Berlin'),
    fallback: 'UTC',
    help: 'Zone of times that do not say one.',
  },
  encoding: {
    schema: z
      .string()
      .refine(isEncoding, 'it is no encoding; write utf-8, latin1, windows-1252 or another name'),
    fallback: 'utf-8',
    help: 'How the bytes of tables are read; a table that is not in this encoding is refused.',
  },
});

/** What a reader of tables is told. */
export type ReadingRules = OptionValues<typeof readingOptions>;

/** Nothing is said: names, times and bytes have to speak for themselves. */
export const PLAIN_RULES: ReadingRules = {
  eventMap: readingOptions.eventMap.fallback,
  timeFormat: readingOptions.timeFormat.fallback,
  timeZone: readingOptions.timeZone.fallback,
  encoding: readingOptions.encoding.fallback,
};

function readEventMap(text: string, context: z.core.$RefinementCtx): EventMap {
  const map = new Map<string, EventKind | typeof IGNORED>();
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const at = pair.lastIndexOf('=');
    const name = pair.slice(0, Math.max(0, at)).trim();
    const meaning = pair.slice(at + 1).trim();
    const kind = meaning === IGNORED ? IGNORED : eventKindNamed(meaning);
    if (name === '') addProblem(context, `"${pair}" is no NAME=EVENT`);
    else if (kind === EVENT_KIND.unknown)
      addProblem(
        context,
        `"${meaning}" is no event; write ${Object.keys(EVENT_KIND).slice(1).join(', ')} or ${IGNORED}`,
      );
    else map.set(name, kind);
  }
  return map;
}

function addProblem(context: z.core.$RefinementCtx, message: string): void {
  context.addIssue({ code: 'custom', message });
}

function isZone(name: string): boolean {
  return name.toUpperCase() === 'UTC' || IANAZone.isValidZone(name);
}

function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}
