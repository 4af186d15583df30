// The public face of the test kit.
export { type Answers, answerQuestions } from "./answer.js";
export {
  type Authority,
  type CrlOptions,
  createAuthority,
  type Identity,
  type IssueOptions,
  type Issuer,
} from "./certificates.js";
export { type LeakCheck, watchResources } from "./leak-check.js";
export { type PeerOptions, type PeerProcess, startPeer } from "./peer-process.js";
export { Program, type ProgramOptions } from "./program.js";
export { type RunOptions, type RunResult, run } from "./run-command.js";
