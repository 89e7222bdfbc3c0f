import { crc32 } from 'node:zlib';

/**
 * What a campaign is known by in states and counts: a checksum of its name, 1 to 2^32 − 1. Nothing has to be kept to know it again; two of
 * the campaigns that are kept at once have one number in one of ten million cases.
 */
export function campaignId(name: string): number {
  return crc32(name) || 1;
}
