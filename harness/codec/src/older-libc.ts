// Lets a Linux program that was linked against a newer C library run on an older one, where it can.

/*
 * The conformance runner of npm is linked on a system with glibc 2.38 and libstdc++ 13. What it wants
 * of them that older ones lack is four names: glibc 2.38 has strtol and its kin twice, and newly
 * compiled programs use the variants called __isoc23_strtol, which differ in binary literals alone.
 * A copy of the program is made to ask for the older names instead. (ELF-64, little-endian; the
 * layouts are those of the System V ABI and of the LSB's chapter on symbol versioning.)
 */

const SHT_DYNSYM = 11;
const SHT_VERSYM = 0x6fffffff;
const SHT_VERNEED = 0x6ffffffe;
const SYMBOL_BYTES = 24;
/** A version that may be missing without keeping the program from being loaded. */
const VER_FLG_WEAK = 2;
const NEWER_PREFIX = "__isoc23_";
const OLDEST_VERSION = "GLIBC_2.2.5";
const NEWER_VERSIONS: readonly string[] = ["GLIBC_2.38", "GLIBCXX_3.4.32"];

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** A copy of the program that asks for nothing newer than glibc 2.36 and libstdc++ 12. */
export function forOlderLibc(program: Buffer): Buffer {
  const copy = Buffer.from(program);
  const sections = readSections(copy);
  const symbols = find(sections, SHT_DYNSYM);
  const versions = find(sections, SHT_VERSYM);
  const needs = find(sections, SHT_VERNEED);
  const oldest = relaxVersions(copy, needs, sections[needs.link]!.offset);
  const names = sections[symbols.link]!.offset;
  for (let index = 0; index < symbols.size / SYMBOL_BYTES; index++) {
    const entry = symbols.offset + index * SYMBOL_BYTES;
    const name = copy.readUInt32LE(entry);
    if (readText(copy, names + name).startsWith(NEWER_PREFIX)) {
      // The older name is the newer one's tail.
      copy.writeUInt32LE(name + NEWER_PREFIX.length, entry);
      copy.writeUInt16LE(oldest, versions.offset + index * 2);
    }
  }
  return copy;
}

/** Makes the newer versions optional. @returns the number that stands for the oldest version */
function relaxVersions(program: Buffer, needs: Section, names: number): number {
  let oldest = 0;
  for (let need = needs.offset, more = true; more; ) {
    for (
      let version = need + program.readUInt32LE(need + 8), next = 1;
      next !== 0;
      version += next
    ) {
      const name = readText(program, names + program.readUInt32LE(version + 8));
      if (NEWER_VERSIONS.includes(name)) {
        program.writeUInt16LE(VER_FLG_WEAK, version + 4);
      }
      if (name === OLDEST_VERSION) {
        oldest = program.readUInt16LE(version + 6);
      }
      next = program.readUInt32LE(version + 12);
    }
    const step = program.readUInt32LE(need + 12);
    more = step !== 0;
    need += step;
  }
  return oldest;
}

function readSections(program: Buffer): Section[] {
  const table = Number(program.readBigUInt64LE(40));
  const entryBytes = program.readUInt16LE(58);
  return Array.from({ length: program.readUInt16LE(60) }, (_, index) => {
    const at = table + index * entryBytes;
    return {
      type: program.readUInt32LE(at + 4),
      offset: Number(program.readBigUInt64LE(at + 24)),
      size: Number(program.readBigUInt64LE(at + 32)),
      link: program.readUInt32LE(at + 40),
    };
  });
}

function find(sections: readonly Section[], type: number): Section {
  const section = sections.find((candidate) => candidate.type === type);
  if (section === undefined) {
    throw new Error(`the program has no section of type ${type.toString(16)}`);
  }
  return section;
}

function readText(program: Buffer, offset: number): string {
  return program.toString("latin1", offset, program.indexOf(0, offset));
}
