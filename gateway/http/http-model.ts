import { z } from 'zod';
import { hinted, readHintedBody, type Hinted } from './http-body-json.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import type { ModelControl, SwapOutcome } from '../models/model-control.js';
import { problemReply } from '../server/problem.js';

/** What asks for another bundle. */
export const swapBody = z.object({ bundle: z.string().min(1).max(4_096), force: z.boolean().default(false) });

/** `/v1/model`: which model serves, and another one in its place. */
export class HttpModel {
  readonly #models: ModelControl;
  readonly #catalogueSize: () => number;

  constructor(models: ModelControl, catalogueSize: () => number) {
    this.#models = models;
    this.#catalogueSize = catalogueSize;
  }

  readonly get = (): HttpReply => jsonReply({ items: this.#catalogueSize(), ...this.#models.facts() });

  /** Answers when the new model serves, or with why the old one goes on. */
  readonly post = async (call: HttpCall): Promise<HttpReply> => {
    const body = readHintedBody(call, 'model', swapBody);
    if ('reply' in body) return body.reply;
    return replyOf(await this.#models.swap(body.value), body);
  };

  /** The bundle that served before, in one command. */
  readonly rollBack = async (): Promise<HttpReply> =>
    replyOf(await this.#models.swap({ bundle: 'previous', force: true }), {});
}

/** With its hint also when it is refused: a misspelt `force` may be why. */
function replyOf(outcome: SwapOutcome, asked: Hinted): HttpReply {
  if (!('code' in outcome)) return jsonReply({ ...outcome, ...hinted(asked) });
  const { code, detail, comparison } = outcome;
  return problemReply(code, detail, { ...(comparison && { comparison }), ...hinted(asked) });
}
