/**
 * An addon that was linked against glibc 2.38 does not load on an older one (Debian 12 has 2.36), although all it wants of
 * 2.38 are three names: compilers set to C23 call `__isoc23_strtol`, `__isoc23_strtoul` and `__isoc23_sscanf`, which differ
 * from `strtol`, `strtoul` and `sscanf` in that they read binary numbers (`0b101`) too. So a copy in which those names are
 * the older ones, of the oldest version of glibc that the addon names, does the same.
 *
 * What is read and changed is described in the ELF part of the System V ABI (sections, dynamic symbols) and in the Linux
 * Standard Base, "Symbol Versioning" (`verneed`, `vernaux`).
 */

const NEWER = 'GLIBC_2.38';
const PREFIX = '__isoc23_';

const SECTION_OF_SYMBOLS = 11;
const SECTION_OF_NEEDS = 0x6ffffffe;
const SECTION_OF_VERSIONS = 0x6fffffff;
const SYMBOL_BYTES = 24;
/** Of a symbol's version: the highest bit says that it is hidden. */
const VERSION_MASK = 0x7fff;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Number of the section that holds its names. */
  readonly link: number;
}

/** A version of a library that is needed: where its entry is in the file, and by which number symbols mean it. */
interface NeededVersion {
  readonly at: number;
  readonly name: string;
  readonly index: number;
}

/** True when a library did not load because glibc is older than 2.38. */
export function lacksNewerGlibc({ message }: Error): boolean {
  return message.includes(`version \`${NEWER}' not found`);
}

/**
 * A copy of an addon that loads with a glibc before 2.38. Throws when the file is not a 64-bit little-endian ELF, when it does
 * not need 2.38, or needs anything of it that has no older name.
 */
export function forOlderGlibc(addon: Buffer): Buffer {
  if (addon.readUInt32BE(0) !== 0x7f454c46 || addon[4] !== 2 || addon[5] !== 1) {
    throw new Error('not a 64-bit little-endian ELF file');
  }
  const copy = Buffer.from(addon);
  const sections = sectionsOf(copy);
  const versions = neededVersions(copy, sections);
  const newer = versions.find(({ name }) => name === NEWER);
  if (newer === undefined) throw new Error(`it does not need ${NEWER}`);
  renameSymbols(copy, sections, newer.index);
  takeVersionOf(copy, newer, oldest(versions));
  return copy;
}

function sectionsOf(elf: Buffer): Section[] {
  const start = Number(elf.readBigUInt64LE(0x28));
  const bytes = elf.readUInt16LE(0x3a);
  return Array.from({ length: elf.readUInt16LE(0x3c) }, (_, number) => {
    const at = start + number * bytes;
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
      link: elf.readUInt32LE(at + 40),
    };
  });
}

function only(sections: readonly Section[], type: number): Section {
  const found = sections.find((section) => section.type === type);
  if (found === undefined) throw new Error(`it has no section of type ${type.toString(16)}`);
  return found;
}

function textAt(elf: Buffer, at: number): string {
  return elf.toString('latin1', at, elf.indexOf(0, at));
}

/** All versions of all libraries that the file needs. */
function neededVersions(elf: Buffer, sections: readonly Section[]): NeededVersion[] {
  const needs = only(sections, SECTION_OF_NEEDS);
  const names = sections[needs.link].offset;
  const versions: NeededVersion[] = [];
  let library = needs.offset;
  for (let next = 1; next !== 0; library += next) {
    let at = library + elf.readUInt32LE(library + 8);
    for (let count = elf.readUInt16LE(library + 2); count > 0; count--) {
      const name = textAt(elf, names + elf.readUInt32LE(at + 8));
      versions.push({ at, name, index: elf.readUInt16LE(at + 6) });
      at += elf.readUInt32LE(at + 12);
    }
    next = elf.readUInt32LE(library + 12);
  }
  return versions;
}

/** Of glibc's versions the lowest: what every platform has had since it has a glibc, and where the older names are. */
function oldest(versions: readonly NeededVersion[]): NeededVersion {
  const numbers = ({ name }: NeededVersion): number[] => name.slice('GLIBC_'.length).split('.').map(Number);
  const [first] = versions
    .filter(({ name }) => /^GLIBC_[\d.]+$/.test(name))
    .toSorted((a, b) => compare(numbers(a), numbers(b)));
  return first;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((number, place) => number !== b[place]);
  return differs < 0 ? 0 : a[differs] - (b[differs] ?? 0);
}

/** A name begins later in the same text: `__isoc23_strtol` + 9 is `strtol`. No table of hashes holds what a file needs. */
function renameSymbols(elf: Buffer, sections: readonly Section[], version: number): void {
  const symbols = only(sections, SECTION_OF_SYMBOLS);
  const versions = only(sections, SECTION_OF_VERSIONS).offset;
  const names = sections[symbols.link].offset;
  for (let number = 0; number < symbols.size / SYMBOL_BYTES; number++) {
    if ((elf.readUInt16LE(versions + number * 2) & VERSION_MASK) !== version) continue;
    const at = symbols.offset + number * SYMBOL_BYTES;
    const name = elf.readUInt32LE(at);
    if (!textAt(elf, names + name).startsWith(PREFIX)) {
      throw new Error(`it needs ${textAt(elf, names + name)} of ${NEWER}`);
    }
    elf.writeUInt32LE(name + PREFIX.length, at);
  }
}

/** Hash and name, the first and third word of an entry. */
function takeVersionOf(elf: Buffer, to: NeededVersion, from: NeededVersion): void {
  elf.copy(elf, to.at, from.at, from.at + 4);
  elf.copy(elf, to.at + 8, from.at + 8, from.at + 12);
}
