import type { Codec, Decoded } from '../../protocol/codec.js';
import { STRING_LIMITS } from '../../protocol/limits.js';
import type { ClientMessage } from '../../protocol/messages.js';
import { isWellFormed } from '../../protocol/text.js';
import { hintOf } from '../../protocol/field-hints.js';
import type { Problem } from '../../protocol/validate-event.js';
import { comesBack, validate } from '../../protocol/validate.js';

/** What an answer names a message by: the `seq` of an event, the `id` of a call; whatever of them it carried in a usable form. */
export interface Envelope {
  /** What the message says it is; '' when it says nothing. */
  readonly type: string;
  readonly seq: number | undefined;
  readonly id: string | number | undefined;
}

interface Refused {
  readonly ok: false;
  readonly problem: Problem;
  readonly envelope: Envelope;
}

/** A message of the contract, or why a frame is none. */
export type MessageRead =
  | {
      readonly ok: true;
      readonly message: ClientMessage;
      /** What a misspelt field may mean. */
      readonly hint?: string;
    }
  | Refused;

/** A message that was not checked, or why it cannot be one. */
export type EnvelopeRead = { readonly ok: true; readonly envelope: Envelope } | Refused;

/** Decodes and checks one frame, which is only read during the call. */
export function readMessage(codec: Codec, frame: Uint8Array, isBinary: boolean): MessageRead {
  const decoded = decode(codec, frame, isBinary);
  if (!decoded.ok) return refusal({ code: decoded.code, message: decoded.problem }, decoded.message);
  const checked = validate(decoded.message);
  if (!checked.ok) return refusal(checked, decoded.message);
  const { t } = checked.message;
  if (t === 'event') return checked;
  const hint = hintOf(t, decoded.message);
  return hint === undefined ? checked : { ...checked, hint };
}

/** As `readMessage`, without the checks. */
export function readEnvelope(codec: Codec, frame: Uint8Array, isBinary: boolean): EnvelopeRead {
  const decoded = decode(codec, frame, isBinary);
  if (!decoded.ok) return refusal({ code: decoded.code, message: decoded.problem }, decoded.message);
  return { ok: true, envelope: envelopeOf(decoded.message) };
}

export function envelopeOf(message: object): Envelope {
  const { t, seq, id } = message as Readonly<Record<string, unknown>>;
  return {
    type: typeof t === 'string' ? t : '',
    seq: Number.isSafeInteger(seq) ? (seq as number) : undefined,
    id: isCallId(id) ? id : undefined,
  };
}

function decode(codec: Codec, frame: Uint8Array, isBinary: boolean): Decoded {
  if (isBinary === codec.binary) return codec.decode(frame);
  const problem = `${codec.subprotocol} travels in ${codec.binary ? 'binary' : 'text'} frames`;
  return { ok: false, code: 'malformed', problem };
}

/** `message` is what the frame held, as far as that can be said. */
function refusal({ code, message }: Problem, held: object = {}): Refused {
  return { ok: false, problem: { code, message }, envelope: envelopeOf(held) };
}

function isCallId(id: unknown): id is string | number {
  if (typeof id === 'string') return id.length <= STRING_LIMITS.id && isWellFormed(id);
  return typeof id === 'number' && Number.isFinite(id) && comesBack(id);
}
