// Reads what a .proto file says of itself before its definitions: its syntax and its imports.

/** One import. */
export interface Import {
  readonly name: string;
  readonly isPublic: boolean;
}

/** See the file's first line. */
export interface FileHead {
  /** `proto2` unless the file says otherwise; `editions` for files of an edition. */
  readonly syntax: string;
  readonly imports: readonly Import[];
}

/** A comment or a string, whichever comes first: what looks like the one may stand in the other. */
const commentOrString = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;
const statement =
  /(?<=^|[;}\s])(?:syntax\s*=\s*(["'])(\w+)\1|(edition)\s*=\s*["']\w+["']|import\s+(?:(public|weak|option)\s+)?(["'])([^"'\n]+)\5)\s*;/g;

/** Reads a head. What is no .proto file has an empty one: the compiler will say what is wrong. */
export function readHead(text: string): FileHead {
  const bare = text.replace(commentOrString, (found) => (found.startsWith("/") ? " " : found));
  let syntax = "proto2";
  const imports: Import[] = [];
  for (const [, , named, edition, how, , name] of bare.matchAll(statement)) {
    if (named !== undefined) syntax = named;
    else if (edition !== undefined) syntax = "editions";
    else imports.push({ name: name!, isPublic: how === "public" });
  }
  return { syntax, imports };
}
