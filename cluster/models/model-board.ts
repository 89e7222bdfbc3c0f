import type { KV } from '@nats-io/kv';
import { keptUnder, putUnchanged } from '../membership/kv-bucket.js';
import {
  firstSaid,
  parseReport,
  parseSaid,
  type ModelOffer,
  type ModelReport,
  type SaidModel,
} from './said-model.js';

/** What is said, and which change of it that was. */
export interface BoardLook {
  readonly said: SaidModel;
  readonly revision: number;
}

/** Where nodes agree on the model that they serve with. All reject when no server answers. */
export interface ModelBoard {
  look(): Promise<BoardLook>;
  /** Says something else. False when others were faster: look again. */
  say(said: SaidModel, revision: number): Promise<boolean>;
  /** How far a node has come. */
  reportOf(node: string): Promise<ModelReport | undefined>;
  report(node: string, report: ModelReport): Promise<void>;
}

const KEY = 'model';

/** A board in a bucket of the NATS servers. `first` is what a cluster serves with of which nothing was said. */
export function natsBoard(bucket: KV, first: ModelOffer): ModelBoard {
  const look = async (): Promise<BoardLook> => {
    const { text, revision } = await keptUnder(bucket, KEY);
    return { said: text === undefined ? firstSaid(first) : parseSaid(text), revision };
  };
  return {
    look,
    say: (said, revision) => putUnchanged(bucket, { key: KEY, revision }, JSON.stringify(said)),
    reportOf: async (node) => {
      const { text } = await keptUnder(bucket, reportKey(node));
      return text === undefined ? undefined : parseReport(text);
    },
    report: async (node, report) => {
      await bucket.put(reportKey(node), JSON.stringify(report));
    },
  };
}

/** A node's name has no dot. */
function reportKey(node: string): string {
  return `model.${node}`;
}
