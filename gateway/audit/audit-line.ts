import { createHash } from 'node:crypto';

/** What an audit file says of one act. Nothing of a token, a secret or a shopper's name stands in it. */
export interface AuditedAct {
  /** Who, as their token says; of a shopper and of whoever has no token no name; and their certificate, where they showed one. */
  readonly who: AuditedCaller;
  /** Method and route, or `token.refused`. */
  readonly what: string;
  /** The id in the path: an item's as it is, a user's or a session's as its pseudonym. */
  readonly target?: string;
  /** HTTP status of the answer; or why a token was refused. */
  readonly result: number | string;
  /** Acts of the same kind that were not written, for there were too many. */
  readonly more?: number;
}

export interface AuditedCaller {
  readonly sub?: string;
  readonly scope?: readonly string[];
  /** `kid` of the key that signed the token. */
  readonly key?: string;
  /** Name in the certificate that they showed at the operators' port. */
  readonly certificate?: string;
}

/** What stands before the first line of all. */
export const NO_HASH = '0'.repeat(64);

/** A line as it is written, without its end: JSON whose last member is the hash of what stands before that. */
export interface SealedLine {
  readonly text: string;
  readonly hash: string;
}

const HASH_MEMBER = /,"hash":"([0-9a-f]{64})"\}$/;

/** Line number `n` of a chain; `before` is the hash of the line before it. */
export function sealLine(act: AuditedAct, n: number, before: string, atMs: number): SealedLine {
  const body = JSON.stringify({ n, at: new Date(atMs).toISOString(), ...act, before }).slice(0, -1);
  const hash = hashOf(body);
  return { text: `${body},"hash":"${hash}"}`, hash };
}

/** Number and hashes of a line; undefined for a text that is none, or was changed. */
export function openLine(
  text: string,
): { readonly n: number; readonly before: string; readonly hash: string } | undefined {
  const found = HASH_MEMBER.exec(text);
  if (found === null || hashOf(text.slice(0, found.index)) !== found[1]) return undefined;
  const { n, before } = JSON.parse(text) as { n: number; before: string };
  return { n, before, hash: found[1] };
}

function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
