import type { KV } from '@nats-io/kv';
import { putUnchanged } from '../membership/kv-bucket.js';
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
    const kept = await bucket.get(KEY);
    if (kept === null) return { said: firstSaid(first), revision: 0 };
    return { said: parseSaid(kept.string()), revision: kept.revision };
  };
  return {
    look,
    say: (said, revision) => putUnchanged(bucket, { key: KEY, revision }, JSON.stringify(said)),
    reportOf: async (node) => {
      const kept = await bucket.get(reportKey(node));
      return kept === null ? undefined : parseReport(kept.string());
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
