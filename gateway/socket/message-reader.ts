import type { Codec } from '../protocol/codec.js';
import { STRING_LIMITS } from '../protocol/limits.js';
import type { ClientMessage } from '../protocol/messages.js';
import { isWellFormed } from '../protocol/text.js';
import type { Problem } from '../protocol/validate-event.js';
import { validate } from '../protocol/validate.js';

/** A message of the contract, or why a frame is none; with the `seq` or `id` it carried, for the `error` that answers it. */
export type MessageRead =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly problem: Problem; readonly seq?: number; readonly id?: string | number };

/** Decodes and checks one frame, which is only read during the call. */
export function readMessage(codec: Codec, frame: Uint8Array, isBinary: boolean): MessageRead {
  if (isBinary !== codec.binary)
    return refusal({
      code: 'malformed',
      message: `${codec.subprotocol} travels in ${codec.binary ? 'binary' : 'text'} frames`,
    });
  const decoded = codec.decode(frame);
  if (!decoded.ok) return refusal({ code: decoded.code, message: decoded.problem }, decoded.message);
  const checked = validate(decoded.message);
  return checked.ok ? checked : refusal(checked, decoded.message);
}

/** `message` is what the frame held, as far as that can be said. */
function refusal(problem: Problem, message: Readonly<Record<string, unknown>> = {}): MessageRead {
  const { seq, id } = message;
  return {
    ok: false,
    problem,
    seq: Number.isSafeInteger(seq) ? (seq as number) : undefined,
    id: isCallId(id) ? id : undefined,
  };
}

/** `seq` of a message that has one. */
export function seqOf(message: ClientMessage): number | undefined {
  return message.t === 'event' ? message.seq : undefined;
}

/** `id` of a message that has one. */
export function idOf(message: ClientMessage): string | number | undefined {
  return 'id' in message ? message.id : undefined;
}

function isCallId(id: unknown): id is string | number {
  if (typeof id === 'string') return id.length <= STRING_LIMITS.id && isWellFormed(id);
  return Number.isFinite(id);
}
