import type { ErrorCode } from '../../protocol/messages.js';

/** Codes of refusals that the client makes itself. */
export type ClientErrorCode =
  | 'unknown_event' // a name that the contract does not have; the event stays on the page
  | 'queue_full' // more events wait for their acknowledgement than `queueMax`
  | 'frame_too_large' // the message is over `welcome.limits.frameBytes`
  | 'timeout' // no answer to a request within `requestTimeoutMs`
  | 'too_many_requests' // more requests wait for their answer than `requestsMax`
  | 'closed' // the client was closed, or the gateway told it never to come back
  | 'bad_frame'; // the gateway sent bytes that do not decode

/** Why an event, a request or a message was refused. `code` is stable; `message` is for people. */
export class AfterclickError extends Error {
  readonly code: ErrorCode | ClientErrorCode;

  constructor(code: ErrorCode | ClientErrorCode, message: string) {
    super(message);
    this.name = 'AfterclickError';
    this.code = code;
  }
}
