import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { HttpReply } from './http-call.js';
import { problemReply } from './problem.js';
import type { RawRequest } from './transport/transport.js';

/**
 * Bodies as gzip, both ways, and answers that the peer has already (`If-None-Match`). Work of any size is done by Node's pool of
 * threads, not by the gateway's.
 */
export interface PeerCoding {
  /** How the body is coded; '' as it is. */
  readonly contentEncoding: string;
  readonly acceptsGzip: boolean;
  /** `If-None-Match`; '' when the peer has nothing. */
  readonly ifNoneMatch: string;
}

/** Answers below this fit one packet, and are sent as they are. */
export const GZIP_FROM_BYTES = 1_400;
/** Of an answer made for one peer: a third of the time of level 6, a tenth more bytes. */
const GZIP_LEVEL = 3;
const TEXTS = /^(?:text\/|application\/(?:json|problem\+json|x-ndjson)|image\/svg)/;
/** Bytes of the shortest gzip: head, an empty block, trailer. */
const GZIP_BYTES_MIN = 20;

/** Of the least that the unpacker takes. */
const CHUNK_BYTES_MIN = 64;

/** No deflate makes one byte of more than so many (RFC 1951: 258 bytes in two bits). */
const PACKED_AT_BEST = 1_032;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

export function readCoding(request: RawRequest): PeerCoding {
  return {
    contentEncoding: request.getHeader('content-encoding').trim().toLowerCase(),
    acceptsGzip: acceptsGzip(request.getHeader('accept-encoding')),
    ifNoneMatch: request.getHeader('if-none-match'),
  };
}

/** @param header `Accept-Encoding` */
export function acceptsGzip(header: string): boolean {
  return header.split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const isRefused = parameters.some((text) => /^q=0(?:\.0*)?$/.test(text));
    return (name === 'gzip' || name === 'x-gzip' || name === '*') && !isRefused;
  });
}

/** Undefined for a body that can be read: as it is, or gzip. */
export function codingRefusal({ contentEncoding }: PeerCoding): HttpReply | undefined {
  if (contentEncoding === '' || contentEncoding === 'identity' || isGzip(contentEncoding)) return undefined;
  const detail = `the body is ${JSON.stringify(contentEncoding.slice(0, 40))} encoded; send it as it is, or as gzip`;
  return problemReply('unsupported_media_type', detail, {}, { 'accept-encoding': 'gzip, identity' });
}

export function isGzip(contentEncoding: string): boolean {
  return contentEncoding === 'gzip' || contentEncoding === 'x-gzip';
}

/** Bytes that a body of gzip says it has when it is unpacked (RFC 1952: the last four). 0 for what is none. */
export function unpackedBytes(body: Uint8Array): number {
  if (body.byteLength < GZIP_BYTES_MIN || body[0] !== 0x1f || body[1] !== 0x8b) return 0;
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(body.byteLength - 4, true);
}

/**
 * Why a body of gzip would be too large unpacked; undefined for one that may be unpacked. Of one that was cut, or that goes on behind its
 * end, the last four bytes say anything: it is told that it is damaged when so few bytes cannot be so many.
 */
export function tooLargeUnpacked(body: Uint8Array, limitBytes: number): HttpReply | undefined {
  const bytes = unpackedBytes(body);
  if (bytes <= limitBytes) return undefined;
  if (bytes > PACKED_AT_BEST * body.byteLength) return notWhole();
  const detail =
    `the body says that it has ${bytes} bytes unpacked, and ${limitBytes} are the most; send it in parts, ` +
    'or look whether it is whole';
  return problemReply('too_large', detail);
}

/** The body unpacked, which is `unpackedBytes` long; or what is wrong with it: it never takes more memory than it says. */
export async function unpack(body: Uint8Array): Promise<Uint8Array | HttpReply> {
  const bytes = unpackedBytes(body);
  try {
    // In one piece, with room for a byte more, or another would be begun: several would be put together on this thread, for milliseconds.
    const chunkSize = Math.max(bytes + 1, CHUNK_BYTES_MIN);
    const unpacked = await unzip(body, { maxOutputLength: Math.max(bytes, 1), chunkSize });
    if (unpacked.byteLength === bytes) return unpacked;
  } catch {
    // Said below.
  }
  return notWhole();
}

function notWhole(): HttpReply {
  const detail =
    'the body is not gzip, or not one whole member of it; send it as one, or without content-encoding';
  return problemReply('malformed', detail);
}

/** The answer as this peer takes it: not again when they have it, as gzip when that is worth it. */
export async function codedReply(reply: HttpReply, peer: PeerCoding): Promise<HttpReply> {
  if (reply.status === 200 && hasAlready(reply, peer)) return { ...reply, status: 304, body: '' };
  if (!TEXTS.test(reply.contentType) || reply.body.length < GZIP_FROM_BYTES) return reply;
  const headers = { ...reply.headers, vary: 'Accept-Encoding' };
  if (!peer.acceptsGzip) return { ...reply, headers };
  const body = reply.gzip ?? (await zip(reply.body, { level: GZIP_LEVEL }));
  return { ...reply, body, headers: { ...headers, 'content-encoding': 'gzip' } };
}

function hasAlready({ headers }: HttpReply, { ifNoneMatch }: PeerCoding): boolean {
  const etag = headers?.['etag'];
  if (etag === undefined || ifNoneMatch === '') return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
