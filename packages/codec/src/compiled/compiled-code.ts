// The code of a message type where code may be generated from strings.
export { closureCode as compiledCode } from "../closure/closure-code.js";
