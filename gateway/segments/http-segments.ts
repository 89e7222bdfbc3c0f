import { z } from 'zod';
import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import { CountedRests } from '../http/bodies/counted-rests.js';
import { hinted, readHintedBody, type Hinted } from '../http/http-body-json.js';
import type { RoutedCall } from '../http/http.js';
import { STRING_LIMITS } from '../protocol/limits.js';
import { isPlain } from '../protocol/text.js';
import { jsonReply, type HttpReply } from '../server/http-call.js';
import { ndjsonReply } from '../http/bodies/ndjson-reply.js';
import { problemReply, wireProblemReply } from '../server/problem.js';
import { ruleForm } from './rule-form.js';
import type { FoundSegments } from './found-segments.js';
import type { CountedSegment, Segments } from './segments.js';

/** Letters of a segment's name. */
const NAME_MAX = 200;

/** Letters of an address. */
const ADDRESS_MAX = 1_024;

export const segmentBody = z.object({
  name: z.string().max(NAME_MAX).optional(),
  rule: ruleForm,
  webhook: z.url().max(ADDRESS_MAX).optional(),
});

/** Where the writer of all segments rests. */
export interface SegmentRests {
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Pick<Clock, 'nowUs'>;
}

/** Segments over HTTP: put, read, removed, their members line by line. */
export class HttpSegments {
  readonly #segments: Pick<Segments, 'list' | 'put' | 'remove' | 'membersOf'>;
  readonly #found: Pick<FoundSegments, 'list'>;
  readonly #mayTell: (url: string) => boolean;
  readonly #rests: SegmentRests;

  /** @param mayTell says whether an address may be told of who comes and leaves. */
  constructor(
    segments: Pick<Segments, 'list' | 'put' | 'remove' | 'membersOf'>,
    found: Pick<FoundSegments, 'list'>,
    mayTell: (url: string) => boolean,
    rests: SegmentRests,
  ) {
    this.#segments = segments;
    this.#found = found;
    this.#mayTell = mayTell;
    this.#rests = rests;
  }

  /** Written with rests: a rule may have two thousand values, and the shards answer all who ask in one turn. */
  readonly list = async (call: RoutedCall): Promise<HttpReply> => {
    const all = await this.#segments.list();
    const rests = new CountedRests(this.#rests.bites, this.#rests.clock, call);
    const texts: string[] = [];
    for (const segment of all) {
      if (rests.isOver) await rests.rest();
      texts.push(JSON.stringify(wireSegment(segment)));
    }
    rests.count();
    const found = JSON.stringify(await this.#found.list());
    const body = `{"segments":[${texts.join()}],"found":${found}}`;
    return { status: 200, contentType: 'application/json', body };
  };

  readonly get = (_call: RoutedCall, id: string): Promise<HttpReply> => this.#answer(id, {});

  readonly put = async (call: RoutedCall, id: string): Promise<HttpReply> => {
    if (id === '' || id.length > STRING_LIMITS.slot || !isPlain(id))
      return wireProblemReply({
        code: 'invalid_field',
        message: `the id in the path has 1 to ${STRING_LIMITS.slot} characters, and no control characters`,
      });
    const body = readHintedBody(call, 'segment', segmentBody);
    if ('reply' in body) return body.reply;
    const { webhook } = body.value;
    if (webhook !== undefined && !this.#mayTell(webhook))
      return wireProblemReply({
        code: 'invalid_field',
        message:
          'webhook: AFTERCLICK_WEBHOOK_ORIGINS does not list its origin, or AFTERCLICK_WEBHOOK_SECRET is missing',
      });
    const problem = await this.#segments.put(id, body.value);
    return problem === undefined ? this.#answer(id, body) : wireProblemReply(problem);
  };

  readonly remove = async (_call: RoutedCall, id: string): Promise<HttpReply> => {
    const isGone = await this.#segments.remove(id);
    return isGone ? { status: 204, contentType: 'application/json', body: '' } : noSuch(id);
  };

  readonly members = async (_call: RoutedCall, id: string): Promise<HttpReply> => {
    const pages = await this.#segments.membersOf(id);
    if (pages === undefined) return noSuch(id);
    return ndjsonReply(pages, (user) => ({ user }));
  };

  async #answer(id: string, asked: Hinted): Promise<HttpReply> {
    const found = (await this.#segments.list()).find((segment) => segment.id === id);
    return found === undefined ? noSuch(id) : jsonReply({ ...wireSegment(found), ...hinted(asked) });
  }
}

function wireSegment({ isComplete, ...segment }: CountedSegment): object {
  return { ...segment, complete: isComplete };
}

function noSuch(id: string): HttpReply {
  return problemReply('not_found', `there is no segment "${id}"`);
}
