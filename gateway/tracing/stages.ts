import type { STAGES } from '../../metrics/rows/click-metrics.js';
import type { CommitTimes, RoundTimes } from '../../shards/api.js';

/** A part of the way of a click or a call. */
export interface Stage {
  /** As in the metrics; `queue` is all before the round that answered, `encode_send` both of these; of events over HTTP, `read` is their
   * body, and `durable` all that comes then; of a search over HTTP, `search` is finding items, and `order` asking for the shopper's order. */
  readonly name: (typeof STAGES)[number] | 'queue' | 'encode_send' | 'read' | 'durable' | 'search' | 'order';
  /** `Clock.nowUs`. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** What there is of an answer's times; absent is what has not happened, or was not told. */
interface AnswerTimes {
  /** When the click or call came in. */
  readonly fromUs: number;
  readonly round: RoundTimes | undefined;
  /** When the answer began to be written, and when it had left; 0: not yet. */
  readonly writeUs: number;
  readonly sentUs: number;
  readonly commit?: CommitTimes | undefined;
}

/**
 * The stages of an answer in order. Those of a round are the round's: its users share them. Candidates and ranking take turns, user
 * after user; they are told as one after the other.
 */
export function stagesOf({ fromUs, round, writeUs, sentUs, commit }: AnswerTimes): Stage[] {
  const stages: Stage[] = [];
  if (round !== undefined) {
    const { startedUs, graphUs, modelUs, scoringUs, answeredUs } = round;
    const scoredUs = modelUs + scoringUs;
    stages.push(
      { name: 'queue', fromUs, toUs: startedUs },
      { name: 'graph', fromUs: startedUs, toUs: graphUs },
      { name: 'model', fromUs: graphUs, toUs: modelUs },
      { name: 'candidates', fromUs: modelUs, toUs: scoredUs },
      { name: 'ranking', fromUs: scoredUs, toUs: answeredUs },
      { name: 'to_gateway', fromUs: answeredUs, toUs: writeUs },
    );
  }
  if (sentUs > 0) stages.push({ name: 'encode_send', fromUs: writeUs, toUs: sentUs });
  if (commit !== undefined) stages.push({ name: 'commit', fromUs: commit.fromUs, toUs: commit.toUs });
  return stages;
}

/** How long each took, ms to the µs; for a line of the log. */
export function stageMs(stages: readonly Stage[]): Record<string, number> {
  return Object.fromEntries(stages.map(({ name, fromUs, toUs }) => [name, roundMs(toUs - fromUs)]));
}

/** Ms with three decimals. */
export function roundMs(us: number): number {
  return Math.round(us) / 1_000;
}
