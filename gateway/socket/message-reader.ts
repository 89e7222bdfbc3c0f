import type { Codec } from '../protocol/codec.js';
import type { ClientMessage } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { validate } from '../protocol/validate.js';

/** A message of the contract, or why a frame is none; with the `seq` or `id` it carried, for the `error` that answers it. */
export type MessageRead =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly problem: Problem; readonly seq?: number; readonly id?: string | number };

/** Decodes and checks one frame, which is only read during the call. */
export function readMessage(codec: Codec, frame: Uint8Array, isBinary: boolean): MessageRead {
  if (isBinary !== codec.binary)
    return malformed(`${codec.subprotocol} travels in ${codec.binary ? 'binary' : 'text'} frames`);
  const decoded = codec.decode(frame);
  if (!decoded.ok) return malformed(decoded.problem);
  const checked = validate(decoded.message);
  if (checked.ok) return checked;
  const { seq, id } = decoded.message;
  return {
    ok: false,
    problem: checked,
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

function malformed(message: string): MessageRead {
  return { ok: false, problem: { code: 'malformed', message } };
}

function isCallId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isFinite(id);
}
