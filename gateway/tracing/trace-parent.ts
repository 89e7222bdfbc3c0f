/** Where a caller's trace stands: what a `traceparent` says (W3C Trace Context, level 1). */
export interface TraceParent {
  /** 32 hexadecimal digits, lower case, not all 0. */
  readonly traceId: string;
  /** Of the caller's span: 16 digits, not all 0. */
  readonly spanId: string;
  /** True when the caller records its part. */
  readonly isSampled: boolean;
}

/** `00-<trace>-<span>-<flags>`. */
const LENGTH = 55;
const TRACE_AT = 3;
const SPAN_AT = 36;
const FLAGS_AT = 53;
const DASHES = [2, SPAN_AT - 1, FLAGS_AT - 1];
const DASH = 0x2d;
const ZERO = 0x30;

/**
 * Reads a `traceparent`. A version that is newer than 00 may have more behind a dash, which is not read. Undefined for what breaks
 * the rules; a new trace begins then, as the standard has it.
 */
export function parseTraceParent(text: string): TraceParent | undefined {
  if (!hasForm(text)) return undefined;
  const traceId = text.slice(TRACE_AT, SPAN_AT - 1);
  const spanId = text.slice(SPAN_AT, FLAGS_AT - 1);
  const isSampled = (Number.parseInt(text[FLAGS_AT + 1], 16) & 1) === 1;
  return { traceId, spanId, isSampled };
}

function hasForm(text: string): boolean {
  if (text.length < LENGTH || text.startsWith('ff')) return false;
  if (text.length > LENGTH && (text.startsWith('00') || text.charCodeAt(LENGTH) !== DASH)) return false;
  for (const at of DASHES) if (text.charCodeAt(at) !== DASH) return false;
  const ids = isId(text, TRACE_AT, SPAN_AT - 1) && isId(text, SPAN_AT, FLAGS_AT - 1);
  return ids && isHex(text, 0, 2) && isHex(text, FLAGS_AT, LENGTH);
}

/** Hexadecimal, and not all 0. */
function isId(text: string, from: number, to: number): boolean {
  if (!isHex(text, from, to)) return false;
  for (let i = from; i < to; i++) if (text.charCodeAt(i) !== ZERO) return true;
  return false;
}

/** Digits and a to f in lower case. */
function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    const isDigit = code >= ZERO && code <= 0x39;
    if (!isDigit && !(code >= 0x61 && code <= 0x66)) return false;
  }
  return true;
}
