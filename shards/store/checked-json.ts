import { crc32 } from 'node:zlib';

/** Member of a small file of the data folder that says what the others amount to. Absent in files of earlier versions, and in those written by hand. */
const CHECK = 'check';

/** `facts` with a checksum of them, so that a flipped bit in the file is noticed. */
export function withCheck<T extends object>(facts: T): T & { readonly check: string } {
  return { ...facts, [CHECK]: checkOf(facts) };
}

/** The members of a parsed file without the checksum. Throws an `Error` when it does not fit them. */
export function checked(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !(CHECK in json)) return json;
  const { [CHECK]: check, ...facts } = json as Record<string, unknown>;
  if (check !== checkOf(facts)) throw new Error('what it says does not fit its checksum');
  return facts;
}

/** Members in their order: JSON keeps it. */
function checkOf(facts: object): string {
  return crc32(JSON.stringify(facts)).toString(16).padStart(8, '0');
}
