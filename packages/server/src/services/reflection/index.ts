// Entry point of @trunkline/server/reflection.
export type { Access } from "../access.js";
export { addReflection, type ReflectionOptions } from "./reflection.js";
