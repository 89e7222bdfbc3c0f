import type { Companion } from '../load/companion.js';
import { USUAL, type ProfileName } from '../load/load-options.js';
import type { Phase } from '../load/load-result.js';
import { evenRate, type RateShape } from '../stream/rate-shape.js';
import { Bot } from './bot.js';
import { SlowReaders } from './slow-readers.js';
import { Storm } from './storm.js';

/** The times and the rate that a shape is made of. */
export interface Times {
  readonly rate: number;
  readonly warmup: number;
  readonly seconds: number;
}

/** What a companion is made of. */
export interface Beside {
  readonly url: string;
  readonly connections: number;
  readonly items: readonly string[];
  /** Begins the names of users of this run. */
  readonly run: string;
}

/** A kind of load. */
export interface Profile {
  readonly help: string;
  /** What the flags are when they are not given. */
  readonly usual?: { readonly rate?: number; readonly connections?: number; readonly seconds?: number };
  readonly shape: (times: Times) => RateShape;
  readonly phases?: (seconds: number) => readonly Phase[];
  readonly companions?: (beside: Beside) => readonly Companion[];
  /** True: all connections are of one user. */
  readonly isOneUser?: boolean;
}

/** A flash sale multiplies the rate by this, within one second. */
const FLASH_TIMES = 10;
/** `overload` offers this much of the rate, and then less than it. */
const OVERLOAD_TIMES = 2;
const AFTER_OVERLOAD = 0.5;
/** One of so many shoppers more reads nothing. */
const SLOW_ONE_OF = 10;

const even = ({ rate, warmup, seconds }: Times): RateShape => evenRate(rate, warmup + seconds);

function flashShape({ rate, warmup, seconds }: Times): RateShape {
  const third = Math.max(1, Math.floor(seconds / 3));
  return [
    ...evenRate(rate, warmup + third),
    { seconds: 1, fromPerSec: rate, toPerSec: FLASH_TIMES * rate },
    ...evenRate(FLASH_TIMES * rate, third),
    ...evenRate(rate, Math.max(1, seconds - 2 * third - 1)),
  ];
}

function flashPhases(seconds: number): readonly Phase[] {
  const third = Math.max(1, Math.floor(seconds / 3));
  return [
    { name: 'before', fromSec: 0, toSec: third },
    { name: 'flash', fromSec: third, toSec: 2 * third + 1 },
    { name: 'after', fromSec: 2 * third + 1, toSec: seconds },
  ];
}

/** Two thirds of the time too much, then half of the rate. */
function overloadShape({ rate, warmup, seconds }: Times): RateShape {
  const third = Math.max(1, Math.floor(seconds / 3));
  return [
    ...evenRate(AFTER_OVERLOAD * rate, warmup),
    ...evenRate(OVERLOAD_TIMES * rate, seconds - third),
    ...evenRate(AFTER_OVERLOAD * rate, third),
  ];
}

function overloadPhases(seconds: number): readonly Phase[] {
  const third = Math.max(1, Math.floor(seconds / 3));
  return [
    { name: 'overload', fromSec: 0, toSec: seconds - third },
    { name: 'after', fromSec: seconds - third, toSec: seconds },
  ];
}

function stormPhases(seconds: number): readonly Phase[] {
  const half = Math.floor(seconds / 2);
  return [
    { name: 'before', fromSec: 0, toSec: half },
    { name: 'storm', fromSec: half, toSec: half + 2 },
    { name: 'after', fromSec: half + 2, toSec: seconds },
  ];
}

/** All of them; `ramp` is made of several runs, and `ads` of HTTP calls. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  steady: { help: 'one rate all the time', shape: even },
  ramp: {
    help: 'higher and higher rates, until p99 passes --p99-max-ms; the highest that held is confirmed',
    usual: { seconds: 5 },
    shape: even,
  },
  overload: {
    help: 'twice the rate, which is to be the knee, for two thirds of the time, then half of it',
    shape: overloadShape,
    phases: overloadPhases,
  },
  flash: { help: 'a flash sale: ten times the rate within a second', shape: flashShape, phases: flashPhases },
  storm: {
    help: 'all connections break at once and come back',
    shape: even,
    phases: stormPhases,
    companions: () => [new Storm()],
  },
  slow: {
    help: 'beside them one in ten more who clicks and reads nothing',
    shape: even,
    companions: ({ url, connections, items, run }) => {
      const count = Math.ceil(connections / SLOW_ONE_OF);
      return [new SlowReaders({ url, count, items, nameOf: (reader) => `${run}-slow-${reader}` })];
    },
  },
  soak: {
    help: 'one rate for long; the worst window beside the median one',
    usual: { seconds: 600 },
    shape: even,
  },
  ads: {
    help: 'POST /v1/rank with 200 candidates, at the rate, then for a fifth of the time as fast as answers come',
    shape: even,
  },
  idle: {
    help: 'connections with a user and a list, and no clicks: what they cost',
    usual: { connections: 1_000 },
    shape: ({ warmup, seconds }) => evenRate(0, warmup + seconds),
  },
  hot: {
    help: 'one user on all connections: each of their lists goes to all of them',
    usual: { rate: 20, connections: 500 },
    shape: even,
    isOneUser: true,
  },
  bot: {
    help: 'beside them one client that clicks 2,000 times a second',
    shape: even,
    companions: ({ url, items, run }) => [new Bot({ url, items, user: `${run}-bot` })],
  },
};

/** Those that several processes may offer together: nothing happens beside the clicks, and each shopper is in one process. */
export const SPLIT_PROFILES: readonly ProfileName[] = ['steady', 'overload', 'flash', 'soak', 'idle'];

export function mayBeSplit(name: ProfileName): boolean {
  return SPLIT_PROFILES.includes(name);
}

/** One line for each profile. */
export function profileHelp(): string {
  return Object.entries(PROFILES)
    .map(([name, { help }]) => `  ${name.padEnd(9)}${help}`)
    .join('\n');
}

/** What was given, else what the profile wants, else the canonical workload. */
export function settled<C extends Partial<Record<keyof typeof USUAL, number | undefined>>>(
  config: C,
  { usual = {} }: Profile,
): C & Record<keyof typeof USUAL, number> {
  const { rate, connections, seconds } = config;
  return {
    ...config,
    rate: rate ?? usual.rate ?? USUAL.rate,
    connections: connections ?? usual.connections ?? USUAL.connections,
    seconds: seconds ?? usual.seconds ?? USUAL.seconds,
  };
}
