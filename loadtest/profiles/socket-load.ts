import type { OptionValues } from '../../metrics/process/options.js';
import type { loadtestOptions, USUAL } from '../load/load-options.js';
import type { LoadPlan } from '../load/load-run.js';
import { readRecording } from '../replay/recorded-tables.js';
import { PLAIN_RULES } from '../../model/tables/reading-options.js';
import type { ClickStream } from '../stream/click-stream.js';
import { RecordedStream, type SessionEvent } from '../stream/recorded-stream.js';
import { SyntheticStream } from '../stream/synthetic-stream.js';
import { catalogueIds, catalogueSize, knownIds, uploadItems } from '../target/gateway-http.js';
import { PROFILES } from './profile.js';

/** The flags, with the profile's own defaults. */
export type Settled = OptionValues<typeof loadtestOptions> & Record<keyof typeof USUAL, number>;

/** What shoppers click: the items, and recorded events if there are any. */
export interface Clicked {
  readonly items: readonly string[];
  readonly events: readonly SessionEvent[] | undefined;
}

/** Items of the catalogue that are clicked when no file names others: to page through more takes long. */
const ITEMS_MAX = 10_000;

/**
 * Reads what is clicked, and puts `--items` into the catalogue unless it has them. Rejects when there is nothing to click; `say` hears of events
 * whose item the catalogue does not have, which are left out.
 */
export async function readClicked(
  { url, events, items }: Pick<Settled, 'url' | 'events' | 'items'>,
  say: (line: string) => void,
): Promise<Clicked> {
  const recording = await readRecording({ events, items }, PLAIN_RULES);
  const recorded = items === undefined ? undefined : recording.items;
  if (recorded !== undefined && !(await hasItems(url, recorded))) await uploadItems(url, recorded);
  const ids = recorded?.map(({ id }) => id) ?? (await catalogueIds(url, ITEMS_MAX));
  if (ids.length === 0)
    throw new Error(
      `the catalogue of ${url} is empty: name items with --items, or put some with PUT /v1/items`,
    );
  if (events === undefined) return { items: ids, events: undefined };
  const all = recording.events;
  const known = await knownIds(url, new Set(all.map(({ item }) => item)));
  const left = all.filter(({ item }) => known.has(item));
  if (left.length < all.length)
    say(`${all.length - left.length} of ${all.length} events name an item that the catalogue does not have`);
  if (left.length === 0)
    throw new Error(`no event of ${events} names an item of the catalogue: name --items too`);
  return { items: ids, events: left };
}

/** Items looked for to tell whether all were put before. */
const SAMPLED_ITEMS = 40;

async function hasItems(url: string, items: readonly { readonly id: string }[]): Promise<boolean> {
  const step = Math.max(1, Math.floor(items.length / SAMPLED_ITEMS));
  const sample = items.filter((_, i) => i % step === 0).map(({ id }) => id);
  return (await catalogueSize(url)) >= items.length && (await knownIds(url, sample)).size === sample.length;
}

/** The plan of a run over sockets. Each run has a name of its own, and shoppers whom no run before had. */
export function socketPlan(config: Settled, clicked: Clicked, run: string): LoadPlan {
  const profile = PROFILES[config.profile];
  const { url, connections, seed, k, seconds } = config;
  return {
    url,
    urls: config.nodes ?? [url],
    shape: profile.shape(config),
    warmup: config.warmup,
    arrivals: config.arrivals,
    seed,
    stream: streamOf(config, clicked),
    slots: [{ slot: 'home', k }],
    nameOf: namesOf(config, run),
    phases: profile.phases?.(seconds) ?? [],
    companions: profile.companions?.({ url, connections, items: clicked.items, run }) ?? [],
    watchSec: config.watch,
  };
}

function namesOf({ profile, visitors }: Settled, run: string): (shopper: number) => string | undefined {
  if (PROFILES[profile].isOneUser === true) return () => `${run}-hot`;
  return visitors ? () => undefined : (shopper) => `${run}-${shopper}`;
}

/** Of one user, and of connections that only stay, nobody leaves. */
function streamOf(config: Settled, { items, events }: Clicked): ClickStream {
  const { connections, seed } = config;
  if (events !== undefined) return new RecordedStream(events, connections, seed);
  const isLong = PROFILES[config.profile].isOneUser === true || config.profile === 'idle';
  const sessions = isLong ? 'long' : config.sessions;
  return new SyntheticStream({ items, present: connections, sessions, seed });
}
