// Entry point of @trunkline/server/reflection.
export { addReflection } from "./reflection.js";
